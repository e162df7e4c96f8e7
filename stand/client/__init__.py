"""A client of a stand: where its endpoints are, a call and its answer, its clock."""
