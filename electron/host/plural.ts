/** `1 row`, `2,000 rows`: as everywhere else. */
export { plural } from '../contract/index.ts'
