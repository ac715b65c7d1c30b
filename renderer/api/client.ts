/** Typed calls to the host: `POST /rpc/<name>`. Failures arrive as DescentError, whatever their cause. */
import { DescentError, isErrorValue } from '../../electron/contract/index.ts'
import type { Input, Output, ProcedureName } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.host

export async function call<N extends ProcedureName>(
  name: N,
  input: Input<N>,
  signal?: AbortSignal,
): Promise<Output<N>> {
  const response = await send(`/rpc/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
    signal: signal ?? null,
  })
  // The host is of the same version (`hello` says so), and the compiler holds what it sends to the contract.
  return (await response.json()) as Output<N>
}

export async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new DescentError('unavailable', words.silent)
  }
  if (!response.ok) throw await errorOf(response)
  return response
}

async function errorOf(response: Response): Promise<DescentError> {
  const body: unknown = await response.json().catch(() => null)
  if (isErrorValue(body)) return new DescentError(body.code, body.message, body.field)
  if (response.status === 401) {
    return new DescentError('unauthorized', words.signedOut)
  }
  return new DescentError('internal', words.unreadable(response.status))
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

export function toDescentError(error: unknown): DescentError {
  if (error instanceof DescentError) return error
  return new DescentError('internal', error instanceof Error ? error.message : String(error))
}
