/** The functions as methods, for TypeScript: what installMethods adds. */
import type * as aliases from './aliases.ts'
import type * as arithmetic from './arithmetic.ts'
import type * as arrangement from './arrangement.ts'
import type * as bitwise from './bitwise.ts'
import type * as cumulative from './cumulative.ts'
import type * as creation from './creation.ts'
import type * as comparison from './comparison.ts'
import type { InPlaceMethods, Methods } from './define.ts'
import type * as histograms from './histograms.ts'
import type * as identities from './identities.ts'
import type * as indexing from './indexing.ts'
import type * as linalg from './linalg.ts'
import type * as movement from './movement.ts'
import type * as norms from './norms.ts'
import type * as pointwise from './pointwise.ts'
import type * as products from './products.ts'
import type * as reduction from './reduction.ts'
import type * as scattering from './scattering.ts'
import type * as selection from './selection.ts'
import type * as sorting from './sorting.ts'
import type * as special from './special.ts'
import type * as statistics from './statistics.ts'
import type * as systems from './systems.ts'
import type * as transcendental from './transcendental.ts'
import type * as uniques from './uniques.ts'
import type { Tensor } from '../tensor/core.ts'
import type { ExtremeMethods } from './reduction.ts'
import type { MedianMethods } from './sorting.ts'

/** Of these families no function but those left out here is a function only. */
type Family = Omit<typeof aliases, 'concat'> &
  typeof arithmetic &
  Omit<
    typeof arrangement,
    'atleast1d' | 'atleast2d' | 'atleast3d' | 'dstack' | 'columnStack' | 'rowStack' | 'meshgrid'
  > &
  typeof cumulative &
  Omit<typeof sorting, 'searchsorted' | 'bucketize' | 'median' | 'nanmedian'> &
  typeof special &
  typeof systems &
  typeof bitwise &
  typeof special &
  typeof transcendental &
  Pick<typeof uniques, 'unique' | 'uniqueConsecutive'> &
  Omit<typeof comparison, 'where'> &
  Pick<typeof creation, 'zerosLike' | 'onesLike' | 'fullLike' | 'emptyLike'> &
  Pick<typeof histograms, 'bincount' | 'histc' | 'histogram'> &
  Omit<typeof identities, 'fill'> &
  Omit<typeof indexing, 'oneHot'> &
  typeof linalg &
  Omit<typeof movement, 'broadcastTensors' | 'cat' | 'stack' | 'hstack' | 'vstack'> &
  Pick<typeof norms, 'norm' | 'dist' | 'renorm'> &
  typeof pointwise &
  typeof scattering &
  Pick<typeof selection, 'allclose' | 'argwhere' | 'equal' | 'maskedSelect' | 'nonzero'> &
  Omit<typeof statistics, 'cumulativeTrapezoid' | 'trapezoid' | 'trapz' | 'gradient'> &
  Pick<typeof products, 'addbmm' | 'addr' | 'cross' | 'inner' | 'kron' | 'matrixPower' | 'vdot'> &
  Omit<typeof reduction, 'varMean' | 'stdMean' | 'max' | 'min'>

/** Fill a tensor with what is drawn; `random.ts` adds them. */
export interface RandomMethods {
  /** Normal, with this mean and standard deviation; 0 and 1 by default. Source: torch.Tensor.normal_. */
  normal_(mean?: number, std?: number): Tensor
  /** Uniform between two numbers, of which the second is excluded; 0 and 1 by default. Source: torch.Tensor.uniform_. */
  uniform_(from?: number, to?: number): Tensor
  /** 1 with these probabilities, 0 otherwise; 0.5 by default. Source: torch.Tensor.bernoulli_. */
  bernoulli_(p?: number | Tensor): Tensor
  /** Exponential with this rate, 1 by default. Source: torch.Tensor.exponential_. Errors: a RangeError for a rate that is not above 0. */
  exponential_(rate?: number): Tensor
  /** e to the power of a normal number of this mean and standard deviation; 1 and 2 by default. Source: torch.Tensor.log_normal_. Errors: a RangeError for a std that is not above 0. */
  logNormal_(mean?: number, std?: number): Tensor
  /** Cauchy's distribution around a median, 0 by default, of the width sigma, 1 by default. Source: torch.Tensor.cauchy_. Errors: a RangeError for a sigma that is not above 0. */
  cauchy_(median?: number, sigma?: number): Tensor
  /** How many tries it takes until one of this probability succeeds: 1, 2, …. Source: torch.Tensor.geometric_. Errors: a RangeError for a p that is not between 0 and 1. */
  geometric_(p: number): Tensor
  /** Whole numbers before `to`, or from `from` on before `to`. Source: torch.Tensor.random_. */
  random_(to: number): Tensor
  random_(from: number, to: number): Tensor
}

export interface TensorMethods
  extends
    RandomMethods,
    Methods<Family>,
    ExtremeMethods,
    MedianMethods,
    InPlaceMethods<typeof arithmetic>,
    InPlaceMethods<typeof bitwise>,
    InPlaceMethods<typeof pointwise>,
    InPlaceMethods<typeof transcendental>,
    InPlaceMethods<Pick<typeof aliases, 'sgn'>>,
    InPlaceMethods<
      Pick<
        typeof aliases,
        | 'absolute'
        | 'clip'
        | 'divide'
        | 'fix'
        | 'greater'
        | 'greaterEqual'
        | 'less'
        | 'lessEqual'
        | 'multiply'
        | 'negative'
        | 'notEqual'
        | 'subtract'
        | 'trueDivide'
      >
    >,
    InPlaceMethods<Pick<typeof arrangement, 'indexAdd' | 'indexCopy' | 'indexFill'>>,
    InPlaceMethods<
      Pick<
        typeof comparison,
        | 'eq'
        | 'ge'
        | 'gt'
        | 'le'
        | 'logicalAnd'
        | 'logicalNot'
        | 'logicalOr'
        | 'logicalXor'
        | 'lt'
        | 'nanToNum'
        | 'ne'
      >
    >,
    InPlaceMethods<Pick<typeof cumulative, 'cumprod' | 'cumsum'>>,
    InPlaceMethods<Pick<typeof identities, 'conjPhysical'>>,
    InPlaceMethods<Pick<typeof indexing, 'scatter'>>,
    InPlaceMethods<Pick<typeof linalg, 'addmm' | 'addmv' | 'baddbmm'>>,
    InPlaceMethods<Pick<typeof movement, 'tril' | 'triu'>>,
    InPlaceMethods<Pick<typeof norms, 'renorm'>>,
    InPlaceMethods<Pick<typeof products, 'addbmm' | 'addr'>>,
    InPlaceMethods<
      Pick<typeof scattering, 'indexPut' | 'indexReduce' | 'maskedScatter' | 'put' | 'scatterReduce'>
    >,
    InPlaceMethods<
      Pick<
        typeof special,
        'copysign' | 'deg2rad' | 'floatPower' | 'heaviside' | 'hypot' | 'ldexp' | 'rad2deg' | 'sinc' | 'xlogy'
      >
    >,
    InPlaceMethods<Pick<typeof comparison, 'maskedFill'>>,
    InPlaceMethods<Pick<typeof indexing, 'scatterAdd'>> {}
