/** The functions as methods, for TypeScript: what installMethods adds. */
import type * as aliases from './aliases.ts'
import type * as arithmetic from './arithmetic.ts'
import type * as arrangement from './arrangement.ts'
import type * as creation from './creation.ts'
import type * as comparison from './comparison.ts'
import type { InPlaceMethods, Methods } from './define.ts'
import type * as indexing from './indexing.ts'
import type * as linalg from './linalg.ts'
import type * as movement from './movement.ts'
import type * as norms from './norms.ts'
import type * as pointwise from './pointwise.ts'
import type * as products from './products.ts'
import type * as reduction from './reduction.ts'
import type * as special from './special.ts'
import type { ExtremeMethods } from './reduction.ts'

/** Of these families no function but those left out here is a function only. */
type Family = Omit<typeof aliases, 'concat'> &
  typeof arithmetic &
  Omit<
    typeof arrangement,
    'atleast1d' | 'atleast2d' | 'atleast3d' | 'dstack' | 'columnStack' | 'rowStack' | 'meshgrid'
  > &
  typeof special &
  Omit<typeof comparison, 'where'> &
  Pick<typeof creation, 'zerosLike' | 'onesLike' | 'fullLike'> &
  Omit<typeof indexing, 'oneHot'> &
  typeof linalg &
  Omit<typeof movement, 'broadcastTensors' | 'cat' | 'stack' | 'hstack' | 'vstack'> &
  Pick<typeof norms, 'norm' | 'dist' | 'renorm'> &
  typeof pointwise &
  Pick<typeof products, 'addbmm' | 'addr' | 'cross' | 'inner' | 'kron' | 'matrixPower' | 'vdot'> &
  Omit<typeof reduction, 'varMean' | 'stdMean' | 'max' | 'min'>

export interface TensorMethods
  extends
    Methods<Family>,
    ExtremeMethods,
    InPlaceMethods<typeof arithmetic>,
    InPlaceMethods<typeof pointwise>,
    InPlaceMethods<Pick<typeof comparison, 'maskedFill'>>,
    InPlaceMethods<Pick<typeof indexing, 'scatterAdd'>> {}
