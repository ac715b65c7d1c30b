/** `POST /rpc/<name>`: JSON in, validated against the contract; output or error value out. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { DescentError, procedures, type ProcedureName } from '../../contract/index.ts'
import type { Handlers } from '../context.ts'
import { inputError } from './errors.ts'
import { bodyOf, type Patience } from './patience.ts'
import { sendError, sendJson } from './reply.ts'
import { shown } from './words.ts'

/** A recipe for 5,000 columns is half a megabyte. Files come by upload, not by call. */
export const maxBody = 8 * 1024 * 1024
/** No document of ours has a tenth of either; reading one that has more could take all of the stack, or of the memory. */
const maxDepth = 100
const maxValues = 1_000_000

/**
 * null: the body is larger than `limit`. A little more than that is still read, so that the refusal is heard; beyond,
 * the connection is cut.
 */
async function readBody(request: IncomingMessage, limit: number, patience: Patience): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of bodyOf(request, patience)) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks.length = 0
    if (size > 4 * limit) break
  }
  return size <= limit ? Buffer.concat(chunks) : null
}

/** Bytes that matter to JSON's structure; outside of strings, none of them is part of another character. */
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const opening = [0x5b, 0x7b]
const closing = [0x5d, 0x7d]

/** How deep a JSON text goes, and about how many values it has, without building them. */
export function measureJson(body: Buffer): { depth: number; values: number } {
  let depth = 0
  let deepest = 0
  let values = 1
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!
    if (byte === quote)
      for (i++; i < body.length && body[i] !== quote; i++) i += body[i] === backslash ? 1 : 0
    else if (byte === comma) values++
    else if (opening.includes(byte)) deepest = Math.max(deepest, ++depth)
    else if (closing.includes(byte)) depth--
  }
  return { depth: deepest, values }
}

/** Errors: a DescentError for what is no JSON, or too deep or too much of it to be built. */
export function parseJson(body: Buffer): unknown {
  const { depth, values } = measureJson(body)
  if (depth > maxDepth)
    throw new DescentError('badRequest', `The call is nested more than ${maxDepth} levels deep.`)
  if (values > maxValues)
    throw new DescentError('badRequest', `The call has more than ${maxValues.toLocaleString('en')} values.`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new DescentError('badRequest', 'The body of the call is not JSON.')
  }
}

const isProcedure = (name: string): name is ProcedureName => Object.hasOwn(procedures, name)

function validate(name: string, input: unknown): { name: ProcedureName; input: unknown } {
  if (!isProcedure(name))
    throw new DescentError('unknownProcedure', `There is no procedure “${shown(name)}”.`)
  const result = procedures[name].input.safeParse(input)
  if (!result.success) throw inputError(name, result.error)
  return { name, input: result.data }
}

export async function handleRpc(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  handlers: Handlers,
  patience: Patience,
): Promise<void> {
  if (!isProcedure(name)) validate(name, null)
  const body = await readBody(request, maxBody, patience)
  if (!body) {
    const value = new DescentError('badRequest', `The call is larger than ${maxBody / 1024 / 1024} MiB.`)
    sendError(request, response, value.toValue(), 413)
    return
  }
  const call = validate(name, parseJson(body))
  // The name decides the input's type, which TypeScript cannot follow through the table; `validate` has checked it.
  const handler = handlers[call.name] as (input: unknown) => Promise<unknown>
  sendJson(response, 200, await handler(call.input))
}
