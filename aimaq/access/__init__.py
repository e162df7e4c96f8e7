"""Who people and systems are: accounts, challenges, signatures of people, certificates of systems."""
