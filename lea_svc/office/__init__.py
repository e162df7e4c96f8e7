"""What officials of the body do: prepare and sign the answer, and what a grant rests on."""
