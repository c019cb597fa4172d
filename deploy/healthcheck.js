// For container engines: exits with 0 if this machine's Gatehouse answers /healthz, by its own PORT and the path of
// its PUBLIC_URL.
const { PORT = '3000', PUBLIC_URL = 'http://localhost' } = process.env
const path = new URL(PUBLIC_URL).pathname.replace(/\/$/, '')
const answer = await fetch(`http://127.0.0.1:${PORT}${path}/healthz`, { signal: AbortSignal.timeout(4000) })
if (!answer.ok) throw new Error(`/healthz answers ${answer.status}`)
