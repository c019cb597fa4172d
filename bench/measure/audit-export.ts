/** The memory of `gatehouse audit export`, in a process of its own, as an operator runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const EVERY_MS = 50
const COMMAND = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

export interface ExportMemory {
  seconds: number
  /** Of the file. */
  bytes: number
  /** Resident memory in MiB, when these shares of the file were written: none, a tenth, …, all. */
  tenths: number[]
  most: number
}

/** Exports all events of a database. @throws Error if the command fails */
export async function exportMemory(env: NodeJS.ProcessEnv): Promise<ExportMemory> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-export-'))
  try {
    const file = join(folder, 'events.ndjson')
    const began = performance.now()
    const child = spawn(process.execPath, [COMMAND, 'audit', 'export', file], {
      env: { PATH: process.env.PATH, ...env },
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const samples: { bytes: number; rss: number }[] = []
    const timer = setInterval(() => {
      const rss = residentMiB(child.pid!)
      const bytes = sizeOf(`${file}.partial`)
      if (rss !== null && bytes !== null) samples.push({ bytes, rss })
    }, EVERY_MS)
    const [code] = await once(child, 'exit')
    clearInterval(timer)
    if (code !== 0) throw new Error(`audit export ended with ${code}`)
    const bytes = statSync(file).size
    const at = (share: number) => samples.find(each => each.bytes >= share * bytes) ?? samples.at(-1)
    return {
      seconds: (performance.now() - began) / 1000,
      bytes,
      tenths: Array.from({ length: 11 }, (_, tenth) => Math.round(at(tenth / 10)?.rss ?? 0)),
      most: Math.round(Math.max(...samples.map(({ rss }) => rss))),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Null once the process has ended. */
function residentMiB(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes ? Number(kilobytes) / 1024 : null
  } catch {
    return null
  }
}

function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null
}
