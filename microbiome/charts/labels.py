"""The two-dimensional symbol of a tube's label."""

import re

import zxingcpp


def label_symbol(barcode: str) -> tuple[int, str]:
    """Its width and height in modules, and the SVG path of its dark ones: a square DataMatrix.

    A barcode of ten characters takes 14 × 14 modules: 5 mm at a module of 0.36 mm, which fits on
    the lid of a 2 mL tube.

    Source: ISO/IEC 16022:2006, ECC 200.
    """
    symbol = zxingcpp.create_barcode(
        barcode, zxingcpp.BarcodeFormat.DataMatrix, options="force_square"
    )
    svg = symbol.to_svg(add_quiet_zones=False)
    size, path = re.search(r'<svg width="(\d+)"', svg), re.search(r'<path d="([^"]+)"', svg)
    if size is None or path is None:
        raise ValueError("the library draws its symbols in another way now")
    return int(size[1]), path[1]
