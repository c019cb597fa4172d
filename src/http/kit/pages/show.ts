import { allowPasskeys, setPageHeaders } from '../../middleware/security-headers.ts'
import type { Context } from '../request/context.ts'
import type { PageData, PageName } from './page-data.ts'
import type { Pages } from './pages.ts'

export type Show = <Name extends PageName>(ctx: Context, name: Name, data: PageData[Name]) => void

/** Answers with a page, which is never cached. Only a page with a passkey form may run scripts. */
export function showing(pages: Pages): Show {
  return (ctx, name, data) => {
    ctx.type = 'html'
    setPageHeaders(ctx)
    if ('passkey' in data && data.passkey) allowPasskeys(ctx)
    ctx.set('Cache-Control', 'no-store')
    ctx.body = pages.render(name, data, ctx.state)
  }
}
