import { describe, expect, it } from 'vitest'
import type { Notice } from '../../electron/contract/index.ts'
import { noticeKey, noticesInWords, textParts, toAnnounce, worstSeverity } from './notices.ts'

const notice = (id: number, severity: Notice['severity']): Notice => ({
  id,
  createdAt: 1000 + id,
  severity,
  message: `notice ${id}`,
})

describe('notices', () => {
  it('are summed up by the worst of them', () => {
    expect(worstSeverity([])).toBeNull()
    expect(worstSeverity([notice(1, 'info'), notice(2, 'error'), notice(3, 'warning')])).toBe('error')
    expect(noticesInWords([])).toBe('No notices')
    expect(noticesInWords([notice(1, 'info')])).toBe('1 notice')
    expect(noticesInWords([notice(1, 'info'), notice(2, 'error'), notice(3, 'warning')])).toBe(
      '3 notices: 1 error, 1 warning',
    )
  })
  it('are announced worst first, information never, and none twice', () => {
    const all = [notice(4, 'warning'), notice(3, 'info'), notice(2, 'error'), notice(1, 'warning')]
    expect(toAnnounce(all, new Set()).map(({ id }) => id)).toEqual([2, 4, 1])
    expect(toAnnounce(all, new Set([noticeKey(all[2]!)])).map(({ id }) => id)).toEqual([4, 1])
  })
})

describe('paths in a message', () => {
  const pathsIn = (message: string, workspace: string | null = null) =>
    textParts(message, workspace)
      .filter((part) => part.path)
      .map((part) => part.text)

  it('are found without the sentence around them, and nothing is lost', () => {
    const message =
      'It was damaged. It was kept as /ws/descent.db.damaged-2026-11-28T01-12-56-000Z and (see /ws/backups/a.db). Done.'
    expect(pathsIn(message)).toEqual(['/ws/descent.db.damaged-2026-11-28T01-12-56-000Z', '/ws/backups/a.db'])
    expect(
      textParts(message, null)
        .map((part) => part.text)
        .join(''),
    ).toBe(message)
  })
  it('may hold the spaces of the workspace', () => {
    expect(pathsIn('Kept as /home/J. Müller/my data/descent.db, too.', '/home/J. Müller/my data')).toEqual([
      '/home/J. Müller/my data/descent.db',
    ])
    expect(pathsIn('Kept as C:\\data\\descent.db.', null)).toEqual(['C:\\data\\descent.db'])
  })
  it('are not seen where there are none', () => {
    expect(pathsIn('Rows and/or columns; 1 / 2; a/b.')).toEqual([])
    expect(textParts('', null)).toEqual([])
  })
})
