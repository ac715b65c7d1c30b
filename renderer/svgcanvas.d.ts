/** The package brings no types; this is what is used of it. https://github.com/zenozeng/svgcanvas */
declare module 'svgcanvas' {
  export class Element {
    constructor(options: { width: number; height: number })
    readonly svg: SVGSVGElement
  }
}
