"""What Lark & Larder sells: an invented shop for kitchen and pantry. Prices in cents of a euro.

A newcomer's mistake: renaming a `key`. It names the drawing under `static/demo/products/` and is
the SKU's stem, so ids stay the same from run to run.
"""

from dataclasses import dataclass

CURRENCY = "EUR"
SHOP_NAME = "Lark & Larder"
FREE_SHIPPING_FROM = 6000
TAX_RATE = 0.19
SOLD_OUT = ("kitchen-scale",)


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """One product with one variant."""

    number: int
    key: str
    title: str
    price: int
    kind: str
    grams: int
    popularity: int

    @property
    def product_id(self) -> int:
        """Shopify's numeric id of the product."""
        return 7_900_000_000_000 + self.number

    @property
    def variant_id(self) -> int:
        """Shopify's numeric id of the only variant."""
        return 43_900_000_000_000 + self.number

    @property
    def stock(self) -> int:
        """How many there are."""
        return 0 if self.key in SOLD_OUT else 40 + self.popularity * 12

    @property
    def sku(self) -> str:
        """The article number on the label."""
        return f"LL-{self.number:03d}-{self.key[:4].upper()}"

    @property
    def image(self) -> str:
        """Path of the drawing below the static address."""
        return f"demo/products/{self.key}.svg"


_ROWS = (
    ("enamel-mug", "Enamel Mug, Cloud White", 1400, "Kitchen", 210, 9),
    ("iron-skillet", "Cast-Iron Skillet, 26 cm", 5900, "Kitchen", 2600, 5),
    ("copper-kettle", "Copper Stovetop Kettle", 8900, "Kitchen", 1300, 3),
    ("tea-towels", "Linen Tea Towels, Set of Three", 2750, "Table", 330, 8),
    ("oak-board", "Oak Chopping Board", 4500, "Kitchen", 1900, 6),
    ("chefs-knife", "Chef’s Knife, 20 cm", 9800, "Kitchen", 260, 4),
    ("oat-bowl", "Stoneware Bowl, Oat", 2200, "Table", 540, 8),
    ("pepper-mill", "Beech Pepper Mill", 3490, "Table", 310, 6),
    ("french-press", "French Press, One Litre", 3950, "Kitchen", 870, 5),
    ("rolling-pin", "Cherrywood Rolling Pin", 2400, "Kitchen", 420, 4),
    ("mixing-bowls", "Nesting Mixing Bowls, Set of Four", 4900, "Kitchen", 1500, 4),
    ("kitchen-scale", "Spring Kitchen Scale", 5200, "Kitchen", 1700, 2),
    ("bread-tin", "Bread Tin, Sage", 4400, "Pantry", 1250, 4),
    ("preserving-jars", "Preserving Jars, Set of Six", 3200, "Pantry", 2900, 6),
    ("canvas-apron", "Striped Canvas Apron", 3800, "Table", 380, 5),
    ("olive-oil", "Olive Oil, Early Harvest, 500 ml", 1890, "Pantry", 950, 9),
    ("sea-salt", "Smoked Sea Salt, 150 g", 750, "Pantry", 190, 9),
    ("honey", "Wildflower Honey, 350 g", 980, "Pantry", 560, 9),
    ("fig-jam", "Fig and Cardamom Jam, 230 g", 690, "Pantry", 400, 8),
    ("breakfast-tea", "Loose Breakfast Tea, 125 g", 840, "Pantry", 190, 8),
    ("espresso-beans", "Espresso Beans, Lark Blend, 500 g", 1650, "Pantry", 520, 10),
    ("passata", "Tomato Passata, Three Bottles", 1140, "Pantry", 2400, 6),
    ("spice-tin", "Spice Tin with Seven Spices", 3600, "Pantry", 780, 4),
    ("beeswax-candles", "Beeswax Dinner Candles, Set of Six", 1700, "Table", 340, 6),
)

PRODUCTS: tuple[DemoProduct, ...] = tuple(
    DemoProduct(number, *row) for number, row in enumerate(_ROWS, 1)
)
BY_KEY: dict[str, DemoProduct] = {product.key: product for product in PRODUCTS}
