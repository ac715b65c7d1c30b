/** Routines → WGSL: each is a few dispatches, with memory of its own between them. */
import type { Plan, RoutineKernel, RoutineOperand, SlotInfo } from '../../../compiler/kernel.ts'
import type { RoutineType } from '../../../compiler/routines.ts'
import { numel } from '../../../tensor/shape.ts'
import type { Shader } from '../shader.ts'
import { choleskyShaders, luShaders, qrShaders, qrWorkspace, solveTriangularShaders } from './factorize.ts'
import { eighShaders, eighWorkspace } from './eigh.ts'
import { scanShaders, scanWorkspace } from './scan.ts'
import { argsortShaders, argsortWorkspace } from './sort.ts'
import { svdShaders, svdWorkspace } from './svd.ts'

export function routineShaders(kernel: RoutineKernel, slots: readonly SlotInfo[]): Shader[] {
  const { routine } = kernel
  switch (routine.name) {
    case 'argsort':
      return argsortShaders(kernel, slots, routine.descending)
    case 'scan':
      return scanShaders(kernel, slots, routine.fn)
    case 'cholesky':
      return choleskyShaders(kernel, slots)
    case 'lu':
      return luShaders(kernel, slots)
    case 'solveTriangular':
      return solveTriangularShaders(kernel, slots, routine)
    case 'qr':
      return qrShaders(kernel, slots)
    case 'eigh':
      return eighShaders(kernel, slots)
    case 'svd':
      return svdShaders(kernel, slots)
  }
}

function workspaceOf({ routine, inputs }: RoutineKernel): readonly RoutineType[] {
  const [x] = inputs as readonly [RoutineOperand]
  switch (routine.name) {
    case 'argsort':
      return argsortWorkspace(x)
    case 'scan':
      return scanWorkspace(x)
    case 'qr':
      return qrWorkspace(x)
    case 'eigh':
      return eighWorkspace(x)
    case 'svd':
      return svdWorkspace(x)
    default:
      return []
  }
}

/** The plan with temporaries for what its routines need beside their inputs and outputs. */
export function withWorkspace(plan: Plan): Plan {
  if (plan.kernels.every(({ kind }) => kind !== 'routine')) return plan
  const slots: SlotInfo[] = [...plan.slots]
  const kernels = plan.kernels.map((kernel) => {
    if (kernel.kind !== 'routine') return kernel
    const workspace = workspaceOf(kernel).map((type): RoutineOperand => {
      const slot = slots.push({ elements: numel(type.shape), dtype: type.dtype }) - 1
      return { ...type, slot }
    })
    return { ...kernel, workspace }
  })
  return { ...plan, slots, kernels }
}
