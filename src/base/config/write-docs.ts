import { readFileSync, writeFileSync } from 'node:fs'
import { explainConfig } from './explain.ts'

/** `npm run docs:config` writes docs/configuration.md and .env.example from the settings. Run it after changing one. */

const page = new URL('../../../docs/configuration.md', import.meta.url)
const sample = new URL('../../../.env.example', import.meta.url)

const [intro] = readFileSync(page, 'utf8').split('## Address\n')
writeFileSync(page, intro + explainConfig({ format: 'markdown' }))
writeFileSync(sample, explainConfig({ format: 'env' }))
