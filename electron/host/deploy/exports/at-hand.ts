/** The data that a model was trained on, which an export can do without: whatever became of them, the model can be exported. */
import { DescentError } from '../../../contract/index.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'

export type AtHand =
  | { readonly prepared: Prepared }
  /** `why`: a sentence. */
  | { readonly prepared: null; readonly why: string }

/** What is missing or damaged is not at hand. Errors: whatever is no DescentError. */
export async function atHand(open: () => Promise<AtHand>): Promise<AtHand> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof DescentError) return { prepared: null, why: error.message }
    throw error
  }
}
