/** What the workspace's notices come to in a line, and the paths in their text. */
import type { Notice } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.notices

type Severity = Notice['severity']

const rank: Record<Severity, number> = { error: 2, warning: 1, info: 0 }
export const severityWords: Record<Severity, string> = words.severities

export function worstSeverity(notices: readonly Notice[]): Severity | null {
  return notices.reduce<Severity | null>(
    (worst, { severity }) => (worst === null || rank[severity] > rank[worst] ? severity : worst),
    null,
  )
}

/** `3 notices: 1 error, 2 warnings`. */
export function noticesInWords(notices: readonly Notice[]): string {
  if (notices.length === 0) return words.none
  const count = (severity: Severity) => notices.filter((notice) => notice.severity === severity).length
  const parts = [
    [count('error'), words.errors],
    [count('warning'), words.warnings],
  ] as const
  const counts = parts.flatMap(([number, inWords]) => (number > 0 ? [inWords(number)] : []))
  const all = words.all(notices.length)
  return counts.length > 0 ? `${all}: ${counts.join(', ')}` : all
}

/** Ids begin anew in a new database, and every process counts its unsaved ones from −1: the time tells them apart. */
export const noticeKey = ({ id, createdAt }: Notice): string => `${id}@${createdAt}`

/** Those that deserve a banner, the worst first and of these the newest: `notices` are newest first. */
export function toAnnounce(notices: readonly Notice[], seen: ReadonlySet<string>): Notice[] {
  return notices
    .filter((notice) => notice.severity !== 'info' && !seen.has(noticeKey(notice)))
    .sort((a, b) => rank[b.severity] - rank[a.severity])
}

export interface TextPart {
  text: string
  path: boolean
}

/** A message cut into words and the absolute paths in it. Paths in the workspace may hold spaces up to its own end. */
export function textParts(message: string, workspace: string | null): TextPart[] {
  const roots = [
    workspace && workspace.length > 1 ? escape(workspace) : null,
    '[A-Za-z]:\\\\',
    '/(?=[^\\s/])',
  ]
  const pattern = new RegExp(`(?<=^|[\\s“"'(])(?:${roots.filter(Boolean).join('|')})[^\\s“”"']*`, 'g')
  const parts: TextPart[] = []
  let end = 0
  for (const match of message.matchAll(pattern)) {
    const text = match[0].replace(/[.,;:!?)…]+$/, '')
    if (text.length < 2) continue
    if (match.index > end) parts.push({ text: message.slice(end, match.index), path: false })
    parts.push({ text, path: true })
    end = match.index + text.length
  }
  if (end < message.length) parts.push({ text: message.slice(end), path: false })
  return parts
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
