#!/usr/bin/env node
// Starts the command line on a Node that can run it. Gatehouse is TypeScript run natively by Node 26; a machine's own
// Node may be older, so this file is plain JavaScript and hands over to the pinned one that `npm ci` has installed.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const WANTED = 26
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP']

const main = new URL('../cli/main.ts', import.meta.url)
const windows = process.platform === 'win32'
const pinned = fileURLToPath(new URL(`../node_modules/node/bin/node${windows ? '.exe' : ''}`, import.meta.url))

if (/[\\/]node_modules[\\/]/.test(fileURLToPath(main))) {
  refuse(
    'Gatehouse runs from its own checkout or its Docker image, not as a dependency:',
    'Node does not run TypeScript that lies under node_modules. See docs/operate.md.',
  )
} else if (Number.parseInt(process.versions.node, 10) >= WANTED) {
  await import(main.href)
} else if (existsSync(pinned)) {
  handOver()
} else {
  refuse(
    `Gatehouse needs Node ${WANTED} or newer; this is ${process.version}.`,
    `Install it, or run "npm ci" in ${fileURLToPath(new URL('..', import.meta.url))} to get the pinned one.`,
  )
}

function handOver() {
  const child = spawn(pinned, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of SIGNALS) {
    // A terminal sends Ctrl-C to both processes: passing it on as well would deliver it twice.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal))
  }
  child.on('error', error => refuse(`Could not start ${pinned}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function refuse(...lines) {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exitCode = 1
}
