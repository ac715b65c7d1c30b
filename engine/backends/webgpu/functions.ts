/** WGSL functions that kernels call; only those a kernel uses become part of its text. */

import type { UnaryFn } from '../../compiler/primitive.ts'

interface WgslFunction {
  readonly text: string
  readonly calls: readonly WgslName[]
}

export type WgslName =
  | 'from_bits'
  | 'is_nan'
  | 'nan_max'
  | 'nan_min'
  | 'sqrt_f32'
  | 'to_i32'
  | 'to_u32'
  | 'sin_f32'
  | 'cos_f32'
  | 'trig'
  | 'exp_f32'
  | 'log_f32'
  | 'tanh_f32'
  | 'erf_f32'

const functions: Record<WgslName, WgslFunction> = {
  // A constant NaN or infinity is a compile error in WGSL; the result of a function is not a constant.
  from_bits: {
    calls: [],
    text: 'fn from_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }',
  },
  // By bits: a compiler may assume that x != x never holds (https://www.w3.org/TR/WGSL/#floating-point-evaluation).
  is_nan: {
    calls: [],
    text: 'fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }',
  },
  // PyTorch's maximum and minimum hand NaN on; the built-in ones may drop it.
  nan_max: {
    calls: ['is_nan'],
    text: 'fn nan_max(a: f32, b: f32) -> f32 { return select(select(max(a, b), b, is_nan(b)), a, is_nan(a)); }',
  },
  nan_min: {
    calls: ['is_nan'],
    text: 'fn nan_min(a: f32, b: f32) -> f32 { return select(select(min(a, b), b, is_nan(b)), a, is_nan(a)); }',
  },
  sqrt_f32: {
    calls: ['is_nan', 'from_bits'],
    text: 'fn sqrt_f32(x: f32) -> f32 { return select(select(sqrt(x), from_bits(0x7fc00000u), x < 0.0f), x, is_nan(x)); }',
  },
  // The built-in conversions end at the largest float below the type's range, and of NaN they may make anything.
  to_i32: {
    calls: ['is_nan'],
    text: 'fn to_i32(x: f32) -> i32 { return select(select(i32(x), 2147483647, x >= 2147483648.0f), 0, is_nan(x)); }',
  },
  to_u32: {
    calls: ['is_nan'],
    text: 'fn to_u32(x: f32) -> u32 { return select(select(u32(x), 4294967295u, x >= 4294967296.0f), 0u, is_nan(x)); }',
  },
  // The built-in sine promises only 2^-11 within ±π. Reduction by π/2 in three parts and the polynomials of
  // Moshier's Cephes (https://netlib.org/cephes, sinf.c); good to 1e-6 for arguments up to some thousands.
  trig: {
    calls: [],
    text: `fn trig(x: f32, turn: i32) -> f32 {
  let q = round(x * 0.6366197723675814f);
  let r = ((x - q * 1.5703125f) - q * 4.837512969970703e-4f) - q * 7.549789954891882e-8f;
  let s = r * r;
  let sine = r + r * s * (-1.6666654611e-1f + s * (8.3321608736e-3f - s * 1.9515295891e-4f));
  let cosine = 1.0f - 0.5f * s + s * s * (4.166664568298827e-2f + s * (-1.388731625493765e-3f + s * 2.443315711809948e-5f));
  let quadrant = i32(q) + turn;
  let value = select(sine, cosine, (quadrant & 1) != 0);
  return select(value, -value, (quadrant & 2) != 0);
}`,
  },
  sin_f32: { calls: ['trig'], text: 'fn sin_f32(x: f32) -> f32 { return trig(x, 0); }' },
  cos_f32: { calls: ['trig'], text: 'fn cos_f32(x: f32) -> f32 { return trig(x, 1); }' },
  // The built-in ones are exact enough, but what they make of NaN, of zero and of negative numbers is left open.
  exp_f32: {
    calls: ['is_nan'],
    text: 'fn exp_f32(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }',
  },
  log_f32: {
    calls: ['is_nan', 'from_bits'],
    text: `fn log_f32(x: f32) -> f32 {
  let positive = select(log(x), from_bits(0xff800000u), x == 0.0f);
  return select(positive, from_bits(0x7fc00000u), x < 0.0f || is_nan(x));
}`,
  },
  // Eigen's rational approximation, generic_fast_tanh_float (https://eigen.tuxfamily.org): some ulp in ±9, ±1 beyond.
  tanh_f32: {
    calls: ['is_nan'],
    text: `fn tanh_f32(a: f32) -> f32 {
  let x = clamp(a, -9.0f, 9.0f);
  let s = x * x;
  let p = x * (4.89352455891786e-3f + s * (6.37261928875436e-4f + s * (1.48572235717979e-5f + s * (5.12229709037114e-8f
    + s * (-8.60467152213735e-11f + s * (2.00018790482477e-13f - s * 2.76076847742355e-16f))))));
  let q = 4.89352518554385e-3f + s * (2.26843463243900e-3f + s * (1.18534705686654e-4f + s * 1.19825839466702e-6f));
  let near = select(p / q, a, abs(a) < 0.0004f);
  // Not what the quotient makes of it: where products are fused into sums it stays below 1.
  return select(select(near, sign(a), abs(a) >= 9.0f), a, is_nan(a));
}`,
  },
  // XLA's rational approximation of the error function in ±4, ±1 beyond (xla/hlo/builder/lib/math.cc, ErfImpl32).
  erf_f32: {
    calls: ['is_nan'],
    text: `fn erf_f32(a: f32) -> f32 {
  let x = clamp(a, -4.0f, 4.0f);
  let s = x * x;
  let p = x * (-1.60960333262415e-2f + s * (-2.95459980854025e-3f + s * (-7.34990630326855e-4f + s * (-5.69250639462346e-5f
    + s * (-2.10102402082508e-6f + s * (2.77068142495902e-8f - s * 2.72614225801306e-10f))))));
  let q = -1.42647390514189e-2f + s * (-7.37332916720468e-3f + s * (-1.68282697438203e-3f + s * (-2.13374055278905e-4f
    - s * 1.45660718464996e-5f)));
  return select(select(p / q, sign(a), abs(a) >= 4.0f), a, is_nan(a));
}`,
  },
}

/** The function that is this backend's own form of a scalar function; the others are spelled out from their formulas. */
export function nativeName(fn: UnaryFn): WgslName | null {
  const name = `${fn}_f32`
  return name in functions ? (name as WgslName) : null
}

/** The text of these functions and of everything they call, in a fixed order. */
export function functionTexts(used: ReadonlySet<WgslName>): string[] {
  const needed = new Set<WgslName>()
  const need = (name: WgslName): void => {
    needed.add(name)
    functions[name].calls.forEach(need)
  }
  used.forEach(need)
  const names = Object.keys(functions) as WgslName[]
  return names.filter((name) => needed.has(name)).map((name) => functions[name].text)
}
