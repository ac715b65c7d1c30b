/** Excel's workbooks: .xlsx and its like, .xlsb, and .xls of 1997 to 2003. What reads them is loaded where there is one to read. */
import type { Format } from './format.ts'
import { isZip } from './unpack.ts'

const oldWorkbook = Buffer.from('d0cf11e0a1b11ae1', 'hex')

/** The names of an archive's files stand in it unpacked. */
const binaryPart = 'xl/workbook.bin'

const isOld = (head: Buffer): boolean => head.subarray(0, 8).equals(oldWorkbook)

export const excel: Format = {
  recognizes: (head) => isOld(head) || isZip(head),
  async load(connection, loading) {
    const { readXls, readXlsb, readXlsx } = await import('hucre/xlsx')
    const { loadSheet } = await import('./sheets.ts')
    return await loadSheet(connection, loading, 'excel', async (bytes) => {
      const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      if (isOld(whole)) return await readXls(bytes)
      return whole.includes(binaryPart) ? await readXlsb(bytes) : await readXlsx(bytes)
    })
  },
}
