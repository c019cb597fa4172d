import test from 'ava'
import { decodeText, withoutLastLineEnds } from '../../src/base/text/text-file.ts'

const SECRET = 'жёлудь and 🐴'

test('Q-06: byte-order marks and line endings that editors and shells add are not part of a secret', t => {
  const big = Buffer.from(`\uFEFF${SECRET}`, 'utf16le').swap16()
  const files = [Buffer.from(SECRET), Buffer.from(`\uFEFF${SECRET}`), Buffer.from(`\uFEFF${SECRET}`, 'utf16le'), big]
  for (const bytes of files) t.is(decodeText(bytes), SECRET, bytes.toString('hex'))
  for (const end of ['', '\n', '\r\n', '\n\n', '\r\n\r\n', '\r'])
    t.is(withoutLastLineEnds(`${SECRET} ${end}`), `${SECRET} `)
  t.is(decodeText(Buffer.alloc(0)), '')
  t.throws(() => decodeText(Buffer.from([0xc3, 0x28])), { instanceOf: TypeError })
})
