/** Pictures may be large, and networks slow: fewer rows of them, but never so few (`least`) that they say nothing. */
export const rowsWithin = (asked: number, numbers: number, multiplyAdds: number, least = 64): number =>
  Math.min(asked, Math.max(least, Math.floor(Math.min(16e6 / numbers, 2e10 / Math.max(1, multiplyAdds)))))
