"""uint8 batches to augmented float32 batches: draws by example, one composed matrix, one compiled warp."""
