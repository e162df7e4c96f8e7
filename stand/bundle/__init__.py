"""The bundle: everything that proves a case, in one file, and its inspection without a stand."""
