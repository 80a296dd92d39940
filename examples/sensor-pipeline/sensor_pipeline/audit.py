"""What happened to each reading, stage by stage."""

import logging

logger = logging.getLogger(__name__)

_processing_log = []


def snapshot(stage, reading):
    """Notes the state of a reading after a stage."""
    _processing_log.append({"stage": stage, "state": reading.as_dict(), "quality": reading.quality, "offset": reading.offset})


def trace(stage, reading):
    logger.debug(f"{stage}: {reading.sensor} at {reading.timestamp} has {reading.value}")
