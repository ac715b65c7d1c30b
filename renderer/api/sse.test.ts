import { describe, expect, it } from 'vitest'
import { reconnectDelay, sseParser } from './sse.ts'

describe('event stream', () => {
  it('assembles events from chunks cut anywhere', () => {
    const parse = sseParser()
    const text = ': hi\n\ndata: {"a":1}\n\nevent: x\r\ndata: one\r\ndata: two\r\n\r\n'
    const events: string[] = []
    for (const character of text) events.push(...parse(character))
    expect(events).toEqual(['{"a":1}', 'one\ntwo'])
  })
  it('waits longer and longer, up to a limit', () => {
    expect([0, 1, 2, 20].map(reconnectDelay)).toEqual([250, 500, 1000, 8000])
  })
})
