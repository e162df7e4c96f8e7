"""The command `aimaq`: a file a group of commands, in folders by who uses them."""
