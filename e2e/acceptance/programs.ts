/** Fresh random programs against PyTorch beside them, on WebAssembly; a disagreement is shown as its smallest program. */
import { openDevice } from '../../engine/index.ts'
import { askedPrograms, pythonWithTorch } from '../../engine/fixtures/ask-torch.ts'
import { spellProgram } from '../../engine/fixtures/programs.ts'
import { complaint, shrink, type Complaint } from '../../engine/fixtures/shrink-programs.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

/** Asked about at once. */
const batch = 500

export async function holdPrograms(seed: number, count: number): Promise<Tally> {
  const python = pythonWithTorch()
  if (python === undefined) {
    console.log('– random programs: not run, no Python with PyTorch was found')
    return { ...nothing, skipped: 1 }
  }
  const device = await openDevice('wasm')
  let total = nothing
  for (let first = seed; first < seed + count; first += batch) {
    const asked = Math.min(batch, seed + count - first)
    const judged = askedPrograms(python, first, asked)
    const complaints: Complaint[] = []
    for (const one of judged) {
      const said = await complaint(one, device)
      if (said !== null) complaints.push({ judged: one, said })
    }
    for (const { judged: one, said } of await shrink(python, complaints, device))
      console.log(`✗ ${spellProgram(one.program)}\n  => ${said}`)
    const failed = complaints.length
    total = add(total, { passed: judged.length - failed, failed, skipped: asked - judged.length })
    console.log(
      `random programs ${first} to ${first + asked - 1}: ${judged.length - failed} of ${asked} agree`,
    )
  }
  return total
}
