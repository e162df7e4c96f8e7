"""What people look at: tables in a terminal, pages of the law, reports, diagrams."""
