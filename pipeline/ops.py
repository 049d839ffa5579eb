"""Types of augmentation steps, for a `pipeline.Recipe` of one's own."""

from pipeline.augment.op import BatchOp, GeometricOp, Op, PointOp, TableOp

__all__ = ["BatchOp", "GeometricOp", "Op", "PointOp", "TableOp"]
