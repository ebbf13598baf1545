"""Bending moment and deflection of a beam on two supports.

Usage: python3 beam.py SPAN_M EI_KNM2 [--even KN_PER_M] [--weight KN AT_M]...

Example: python3 beam.py 18 1350000 --even 47.8
"""

import argparse

PARTS = 200


def moment(x, span, even, weights):
    """Bending moment in kNm at x metres from the left support."""
    total = even * x * (span - x) / 2
    for force, at in weights:
        a, b = at, span - at
        total += force * (b * x if x <= a else a * (span - x)) / span
    return total


def deflection(span, stiffness, even, weights):
    """Deflection in metres at every point, from integrating the curvature twice."""
    step = span / PARTS
    curvature = [moment(i * step, span, even, weights) / stiffness for i in range(PARTS + 1)]
    slope, sag = 0.0, [0.0]
    for left, right in zip(curvature, curvature[1:]):
        # Trapezoids: exact enough for a moment that is made of lines and parabolas.
        middle = slope - left * step / 2
        sag.append(sag[-1] + middle * step)
        slope -= (left + right) / 2 * step
    # Both ends stand on supports, so the straight line between them is taken off.
    tilt = sag[-1] / span
    return [value - tilt * i * step for i, value in enumerate(sag)]


def main():
    parser = argparse.ArgumentParser(description="Moment and deflection of a beam on two supports")
    parser.add_argument("span", type=float, help="metres")
    parser.add_argument("stiffness", type=float, help="E times I, in kN m2")
    parser.add_argument("--even", type=float, default=0.0, help="even load, in kN per metre")
    parser.add_argument("--weight", type=float, nargs=2, action="append", default=[], metavar=("KN", "AT"))
    given = parser.parse_args()
    if given.span <= 0 or given.stiffness <= 0:
        parser.error("span and stiffness must be greater than zero")
    if any(not 0 <= at <= given.span for _, at in given.weight):
        parser.error("every weight must stand on the beam")
    points = [i * given.span / PARTS for i in range(PARTS + 1)]
    moments = [moment(x, given.span, given.even, given.weight) for x in points]
    sags = deflection(given.span, given.stiffness, given.even, given.weight)
    peak = max(range(PARTS + 1), key=lambda i: abs(moments[i]))
    lowest = max(range(PARTS + 1), key=lambda i: abs(sags[i]))
    print(f"greatest moment    {moments[peak]:10.1f} kNm at {points[peak]:.2f} m")
    print(f"greatest deflection {1000 * sags[lowest]:9.1f} mm  at {points[lowest]:.2f} m")


if __name__ == "__main__":
    main()
