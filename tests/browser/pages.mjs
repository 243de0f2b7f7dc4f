// A real browser against a running demo: what a supervisor does, with keyboard, small screen and projector in mind.
//
// node tests/browser/pages.mjs ORIGIN MODULES SCRATCH DEMO_LOG
//   ORIGIN    where the demo listens        MODULES  folder with playwright-core, axe-core and exceljs
//   SCRATCH   folder for screenshots        DEMO_LOG what the demo printed (its sign-ins)
// CHROMIUM names the browser; /usr/bin/chromium by default.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [origin, modules, scratch, log] = process.argv.slice(2)
const require = createRequire(join(modules, 'package.json'))
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const ExcelJS = require('exceljs')
mkdirSync(scratch, { recursive: true })

const SIZES = { 360: { width: 360, height: 740 }, 1280: { width: 1280, height: 800 } }
const HEAVIEST_BYTES = 100_000
const signIns = Object.fromEntries(
  readFileSync(log, 'utf8').split('\n')
    .map(line => /^sign-in \S+ (\S+) (\S+) area (\S+)/.exec(line)).filter(Boolean)
    .map(([, login, password, area]) => [login, { login, password, area }]))
const country = signIns['giam-sat-nuoc-mau']
const province = signIns['giam-sat-tinh-mau']
const commune = signIns['giam-sat-xa-mau']

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // As root in a container there is no user namespace for the sandbox.
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})

/** A browser of somebody's own, which fails the run on anything the page could not load or that its policy refused. */
async function person({ login, password }, options = {}) {
  const context = await browser.newContext({ viewport: SIZES[1280], locale: 'vi-VN', ...options })
  const page = await context.newPage()
  const faults = []
  page.on('console', message => {
    if (message.type() === 'error' && !/status of (403|404|409|422)/.test(message.text())) faults.push(message.text())
  })
  page.on('request', request => {
    if (!request.url().startsWith(origin)) faults.push(`fetched from elsewhere: ${request.url()}`)
  })
  page.faults = faults
  await page.goto(`${origin}/dashboard`)
  await page.getByLabel(/Tên đăng nhập|Login name/).fill(login)
  await page.getByLabel(/Mật khẩu|Password/).fill(password)
  await page.getByRole('button', { name: /Đăng nhập|Sign in/ }).click()
  await page.waitForURL(/\/dashboard\/areas\//)
  return page
}

const measures = []
/** Looks at a page in both sizes: accessibility, weight, nothing wider than the screen; and takes a picture. */
async function look(page, name, { check = true } = {}) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `${name} is ${wide} px wider than ${size} px`)
    await page.screenshot({ path: join(scratch, `${name}-${size}.png`), fullPage: true })
    if (!check) continue
    await page.evaluate(axe)
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    const bad = found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
    assert.deepEqual(bad.map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html).join(' | ')}`), [],
      `${name} at ${size} px`)
    const minor = found.violations.map(one => one.id)
    if (minor.length) console.log(`  ${name} at ${size} px, minor: ${minor.join(', ')}`)
  }
  const [entry] = await page.evaluate(() => performance.getEntriesByType('navigation').map(entry => ({
    bytes: entry.decodedBodySize, sent: entry.transferSize, first: entry.responseStart - entry.requestStart })))
  assert.ok(entry.bytes < HEAVIEST_BYTES, `${name} weighs ${entry.bytes} bytes`)
  measures.push({ page: name, bytes: entry.bytes, 'on the wire': entry.sent, 'first byte, ms': Math.round(entry.first) })
  assert.deepEqual(page.faults, [], name)
}

/** Takes an open form's step on a report and answers what the page then says. */
async function step(page, button) {
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.waitForURL(/done=/)
  return page.getByRole('status').first().textContent()
}

try {
  // --- Signing in, with the keyboard alone.
  const stranger = await browser.newContext({ viewport: SIZES[360] })
  const door = await stranger.newPage()
  door.faults = []
  await door.goto(`${origin}/dashboard`)
  await look(door, 'sign-in')
  await door.keyboard.press('Tab')
  assert.match(await door.evaluate(() => document.activeElement.className), /skip/, 'the first stop skips to the content')
  await door.getByLabel('Tên đăng nhập').fill(province.login)
  await door.getByLabel('Mật khẩu').fill('not the password')
  await door.keyboard.press('Enter')
  await door.getByRole('alert').waitFor()
  await stranger.close()

  // --- From the country to a commune, by links.
  const state = await person(country)
  assert.equal(await state.locator('.tile').count(), 34)
  await look(state, 'country')
  const high = await state.locator('.tile').evaluateAll(tiles => Math.min(...tiles.map(tile => tile.offsetHeight)))
  assert.ok(high >= 44, `a tile of ${high} px cannot be hit with a thumb`)
  await state.locator('.tile', { hasText: 'Cà Mau' }).click()
  await state.getByRole('heading', { level: 1, name: /Cà Mau/ }).waitFor()
  await look(state, 'province')
  const name = await state.locator(`.bars tbody a[href^="${commune.area}"]`).first().textContent()
  await state.locator(`.bars tbody a[href^="${commune.area}"]`).first().click()
  await state.getByRole('heading', { level: 1, name }).waitFor()
  const crumbs = await state.getByRole('navigation', { name: 'Đường dẫn đơn vị hành chính' }).getByRole('listitem').allTextContents()
  assert.equal(crumbs.length, 3, `country, province, commune: ${crumbs}`)
  await look(state, 'commune')
  // Another share, by the form.
  await state.getByLabel('Mẫu số').selectOption('REGISTERED')
  await state.getByRole('button', { name: 'Xem', exact: true }).click()
  await state.waitForURL(/denominator=REGISTERED/)
  for (const [tab, file] of [['Diễn biến', 'trend'], ['Giải thích', 'explanation'], ['Còn thiếu', 'missing'], ['Báo cáo', 'reports']]) {
    await state.getByRole('link', { name: tab, exact: true }).first().click()
    await state.locator('h1').waitFor()
    await look(state, file)
  }
  await state.goto(`${origin}/dashboard/areas/${country.area}?on=2025-06-30&basis=AS_REPORTED`)
  assert.equal(await state.locator('.tile').count(), 0)
  await look(state, 'country-of-63')
  // English by a click, and back.
  await state.goto(`${origin}/dashboard/areas/${province.area}/trend?denominator=REGISTERED`)
  await state.getByRole('link', { name: 'English' }).click()
  assert.equal(await state.locator('html').getAttribute('lang'), 'en')
  assert.match(state.url(), /denominator=REGISTERED/)
  await look(state, 'trend-english')

  // --- A report is returned with a comment, mended, accepted, and filed.
  const above = await person(province)
  await above.goto(`${origin}/dashboard/areas/${commune.area}/reports`)
  await above.locator('tr', { hasText: 'đã gửi, chờ duyệt' }).getByRole('link').first().click()
  const report = above.url()
  await look(above, 'report-waiting')
  await above.locator('summary', { hasText: 'Trả lại kèm nhận xét' }).click()
  await above.locator('#comment-D3').fill('Số mẫu chưa khớp với sổ của thôn.')
  assert.match(await step(above, 'Trả lại kèm nhận xét'), /trả lại/i)
  const below = await person(commune)
  await below.goto(report)
  await below.getByText('Số mẫu chưa khớp với sổ của thôn.').waitFor()
  await look(below, 'report-returned')
  assert.match(await step(below, 'Chốt số liệu và gửi'), /gửi/i)
  // A page left open says by itself that it has changed.
  const watching = await below.context().newPage()
  await watching.goto(report)
  const looks = () => watching.evaluate(() => window.dispatchEvent(new Event('focus')))
  await Promise.all([watching.waitForResponse(answer => answer.status() === 304), looks()])
  assert.ok(await watching.locator('#changed').isHidden())
  await above.goto(report)
  assert.match(await step(above, 'Chấp nhận báo cáo'), /chấp nhận/i)
  await looks()
  await watching.locator('#changed').waitFor({ state: 'visible' })
  await look(above, 'report-accepted')
  const [file] = await Promise.all([above.waitForEvent('download'), above.getByRole('link', { name: /XLSX/ }).click()])
  const kept = join(scratch, 'report.xlsx')
  await file.saveAs(kept)
  const book = new ExcelJS.Workbook()
  await book.xlsx.readFile(kept)
  const texts = []
  book.getWorksheet('Báo cáo').eachRow(row => row.eachCell(cell => texts.push(cell.text)))
  assert.ok(texts.some(text => text.includes('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM')), texts.slice(0, 9).join('|'))

  // --- On paper.
  await above.emulateMedia({ media: 'print' })
  await above.setViewportSize({ width: 794, height: 1123 })
  assert.ok(await above.locator('.top .who').isHidden())
  await above.screenshot({ path: join(scratch, 'report-print.png'), fullPage: true })

  // --- Without script: the same pages, the same steps.
  const plain = await person(province, { javaScriptEnabled: false, viewport: SIZES[360] })
  for (const path of ['', '/trend', '/explanation', '/missing', '/reports']) {
    const answer = await plain.goto(`${origin}/dashboard/areas/${province.area}${path}`)
    assert.equal(answer.status(), 200)
    assert.ok((await plain.locator('main').textContent()).length > 200, path)
  }
  await plain.goto(report)
  await plain.getByRole('heading', { level: 1 }).waitFor()
  await plain.getByRole('button', { name: 'Đăng xuất' }).click()
  await plain.waitForURL(/sign-in/)
  assert.deepEqual(plain.faults, [])

  // --- A form on another site changes nothing.
  const other = await above.context().newPage()
  await other.goto('data:text/html,<form method="post" action="' + origin + '/dashboard/sign-out"><button>x</button></form>')
  const [refused] = await Promise.all([other.waitForResponse(one => one.url().endsWith('/sign-out')), other.getByRole('button').click()])
  assert.equal(refused.status(), 403)

  console.table(measures)
  console.log(`${measures.length} pages looked at in two sizes; pictures in ${scratch}`)
} finally {
  await browser.close()
}
