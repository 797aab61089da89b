"""Makes the limits of a reading child small, so that a test can see what happens at them."""

from shopbell.kit.mail.reading import limits

limits.MEMORY_BYTES = 80 * 1024 * 1024
