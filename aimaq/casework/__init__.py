"""What happens to one case: the case, the unit of work that changes it, its procedure, its papers."""
