import { readFile } from 'node:fs/promises'
import type { Context } from 'koa'

const TYPES: Record<string, string> = { 'demo.css': 'text/css', 'favicon.svg': 'image/svg+xml' }

/** Serves the style sheet and the icon, and nothing else from the folder. */
export async function assets(ctx: Context) {
  const file: string = ctx.params.file
  const type = Object.hasOwn(TYPES, file) ? TYPES[file] : undefined
  if (type == null) return
  ctx.body = await readFile(new URL(`assets/${file}`, import.meta.url))
  ctx.type = type
  ctx.set('Cache-Control', 'max-age=300')
}
