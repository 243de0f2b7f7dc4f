// A family's app in a real browser: signs up, takes a module along, loses the network, does the module, is closed and opened
// again without a network, comes back, and shows the same progress as the server. `phone.html` is the app.
//
// node tests/browser/phone.mjs ORIGIN MODULES
//   ORIGIN   where the demo listens
//   MODULES  folder with playwright-core, @urql/core and @urql/exchange-graphcache
// CHROMIUM names the browser; /usr/bin/chromium by default.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [origin, modules] = process.argv.slice(2)
const { chromium } = createRequire(join(modules, 'package.json'))('playwright-core')
const shell = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'phone.html'))

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // As root in a container there is no user namespace for the sandbox.
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})
const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'vi-VN' })
// The app is on the phone: its own files need no network.
await context.route(`${origin}/app/**`, route => {
  const path = new URL(route.request().url()).pathname.slice('/app/'.length)
  if (!path.startsWith('modules/')) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: shell })
  const body = readFileSync(join(modules, 'node_modules', path.slice('modules/'.length)))
  return route.fulfill({ contentType: 'text/javascript', body })
})
const open = async () => {
  const page = await context.newPage()
  page.on('pageerror', error => assert.fail(String(error)))
  await page.goto(`${origin}/app/`)
  await page.waitForFunction(() => window.app)
  return page
}
const until = async (what, holds) => {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return
    await new Promise(later => setTimeout(later, 50))
  }
  assert.fail(`not within ten seconds: ${what}`)
}
const shown = (page, policy) => page.evaluate(policy => window.app.show('HC1', policy), policy)

// A new family, with a network.
let page = await open()
const person = { login: `trinh-duyet-${randomUUID().slice(0, 8)}`, password: randomUUID() }
await page.evaluate(async ({ login, password }) => {
  const { area } = await window.app.direct('{ area(code: "32155") { id } }')
  const input = {
    login, password, fullName: 'Người mẫu trình duyệt', areaId: area.id, audiences: ['CAREGIVER'], language: 'vi',
    consents: ['LEARNING_RECORD', 'CHILD_PROFILE'],
  }
  const { signUp } = await window.app.direct(
    'mutation($input: SignUpInput!) { signUp(input: $input) { session { accessToken } userErrors { field message } } }', { input })
  if (!signUp.session) throw new Error(JSON.stringify(signUp.userErrors))
  localStorage.token = signUp.session.accessToken
  const child = { nickname: 'Bé mẫu', bornMonth: '2024-05' }
  await window.app.direct('mutation($input: SaveChildInput!) { saveChild(input: $input) { userErrors { message } } }', { input: child })
}, person)
const before = await shown(page, 'network-only')
assert.equal(before.progress.completedCount, 0)
await page.evaluate(id => window.app.take(id), before.id)

// Without: the lessons are read and done, and the page shows it at once.
await context.setOffline(true)
for (const lesson of before.lessons) {
  assert.ok(await page.evaluate(id => window.app.read(id), lesson.id) > 3, 'the lesson can be read')
  await page.evaluate(id => window.app.complete(id), lesson.id)
}
await until('what was done waits on the phone', async () =>
  await page.evaluate(() => window.app.waiting()) === before.lessons.length)
await shown(page, 'cache-only')
const done = page.locator('#lessons li', { hasText: 'COMPLETED' })
assert.equal(await done.count(), before.lessons.length)

// Closed and opened again, still without.
await page.close()
page = await open()
await until('the app reads its disk', async () => (await shown(page, 'cache-only')) != null)
assert.equal(await page.locator('#lessons li', { hasText: 'COMPLETED' }).count(), before.lessons.length)
assert.equal(await page.evaluate(() => fetch('/healthz').then(() => true, () => false)), false, 'there is no network')

// Back.
await context.setOffline(false)
await until('everything was sent', async () => await page.evaluate(() => window.app.waiting()) === 0)
await until('the server has all of it', async () =>
  (await shown(page, 'network-only')).progress.completedCount === before.progress.applicableCount)
const own = await shown(page, 'cache-only')
const servers = await page.evaluate(() => window.app.direct(
  '{ module(code: "HC1") { progress { status applicableCount completedCount } lessons { code progress { status percent } } } }'))
const bare = ({ progress, lessons }) => ({
  progress: [progress.status, progress.applicableCount, progress.completedCount],
  lessons: lessons.map(({ code, progress }) => [code, progress.status, progress.percent]),
})
assert.deepEqual(bare(own), bare(servers.module), 'the page shows what the server has')
assert.equal(servers.module.progress.completedCount, before.progress.applicableCount)
await browser.close()
console.log(`a browser did a module without a network: ${before.lessons.length} lessons; it and the server agree`)
