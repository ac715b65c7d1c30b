/** The three ways a request ends: with JSON, with an error value, with a file. */
import { createReadStream, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { httpStatus, type DescentErrorValue } from '../../contract/index.ts'
import { contentType, securityHeaders } from '../../window-files.ts'

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  response.end(body)
}

/** `status` only where HTTP has a finer word (413, 405, 403) than the code's own. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  value: DescentErrorValue,
  status = httpStatus[value.code],
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What was not read of the body would be taken for the next request on this connection.
  if (!request.complete) response.setHeader('connection', 'close')
  sendJson(response, status, value)
}

export async function fileStats(path: string): Promise<Stats | null> {
  try {
    const stats = await stat(path)
    return stats.isFile() ? stats : null
  } catch {
    return null
  }
}

export function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  extension: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': contentType(extension),
    'content-length': bytes.length,
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  stats: Stats,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': contentType(extname(path)),
    'content-length': stats.size,
    ...headers,
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  await pipeline(createReadStream(path), response)
}
