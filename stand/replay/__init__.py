"""Playing a flow file over the public REST APIs, as its people."""
