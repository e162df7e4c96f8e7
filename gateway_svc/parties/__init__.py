"""The parties of the stand as the gateway knows them: their certificates, when they last spoke, what they may send."""
