// For container engines: exits with 0 if Gatehouse in this container answers /healthz, at PORT and the path of
// PUBLIC_URL.
const { PORT = '3000', PUBLIC_URL = 'http://localhost' } = process.env
const path = new URL(PUBLIC_URL).pathname.replace(/\/$/, '')
const answer = await fetch(`http://127.0.0.1:${PORT}${path}/healthz`, { signal: AbortSignal.timeout(4000) })
if (!answer.ok) throw new Error(`/healthz answers ${answer.status}`)
