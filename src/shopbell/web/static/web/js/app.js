// The one entry point. Each module adds one behaviour to markup that says it wants it.
import "shopbell/theme";
import "shopbell/toasts";
import "shopbell/dialogs";
import "shopbell/confirm";
import "shopbell/keys";
import "shopbell/palette";
import "shopbell/shell";
import "shopbell/times";
import "shopbell/morph";
import "shopbell/live";
import "shopbell/many";

// Once the document is whole, and after htmx, which was there before and listens from then on.
document.addEventListener("DOMContentLoaded", () => { document.documentElement.dataset.ready = ""; });
