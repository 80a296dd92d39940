"""What happened to each reading, stage by stage."""

import logging

logger = logging.getLogger(__name__)

_processing_log = []


def snapshot(stage, reading):
    """Notes the state of a reading after a stage."""
    _processing_log.append(
        {
            "stage": stage,
            "state": reading.as_dict(),
            "quality": reading.quality,
            "text": f"{reading.timestamp} {reading.sensor}: {reading.value} {reading.unit}",
            "tags": [stage, reading.station, reading.unit],
        }
    )


def trace(stage, reading):
    logger.debug(f"{stage}: {reading.sensor} at {reading.timestamp} has {reading.value}")
