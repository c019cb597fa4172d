/** Another process that consumes one record several times at once, and reports how often it succeeded. */
import { type Elsewhere, open } from './subjects.ts'

const { where, kind, id, attempts }: { where: Elsewhere; kind: string; id: string; attempts: number } = JSON.parse(
  process.argv[2] ?? '',
)
const { artifacts, close } = await open(where)
await artifacts.probe()
const at = Math.floor(Date.now() / 1000)
const won = await Promise.all(
  Array.from({ length: attempts }, () => artifacts.commit([{ do: 'consume', kind, id, at }])),
)
await close()
process.send?.(won.filter(Boolean).length)
process.disconnect?.()
