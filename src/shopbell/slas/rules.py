"""What rules can begin with: promises that are about to be broken, or were."""

from shopbell.conversations.rulebook import Trigger, add_trigger
from shopbell.slas.events import SlaBreached, SlaWarned

add_trigger(Trigger("sla_warned", "a promise is about to be broken", SlaWarned))
add_trigger(Trigger("sla_breached", "a promise was broken", SlaBreached))
