/** Evaluate step: runs as one page each, of those that are being written. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { DescentError } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'

export const useRunReport = defineStore('runReport', () => {
  const writing = shallowReactive(new Set<string>())
  const errors = shallowReactive(new Map<string, DescentError>())

  /** null: it could not be written, and why is known. */
  async function write(runId: string): Promise<{ readonly fileName: string; readonly html: string } | null> {
    if (writing.has(runId)) return null
    writing.add(runId)
    errors.delete(runId)
    try {
      return await call('evaluate.report', { runId })
    } catch (reason) {
      errors.set(runId, toDescentError(reason))
      return null
    } finally {
      writing.delete(runId)
    }
  }
  return {
    write,
    isWriting: (runId: string): boolean => writing.has(runId),
    errorOf: (runId: string): DescentError | null => errors.get(runId) ?? null,
  }
})
