"""What a truncated or damaged run file still holds, piece by piece, each of them proved."""
