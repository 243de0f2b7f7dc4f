// The workbook of a report opened by LibreOffice: what it shows is what was written.
//
// node tests/browser/spreadsheet.mjs WORKBOOK MODULES SCRATCH

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'

const [workbook, modules, scratch] = process.argv.slice(2)
const require = createRequire(join(modules, 'package.json'))
const ExcelJS = require('exceljs')

// Fields by commas, text quoted, UTF-8, the first sheet, numbers as they are formatted.
const form = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1'
execFileSync('soffice', ['--headless', `-env:UserInstallation=file://${join(scratch, 'office')}`,
  '--convert-to', form, '--outdir', scratch, workbook], {
  env: { ...process.env, LC_ALL: 'C.UTF-8' }, stdio: ['ignore', 'ignore', 'ignore'], timeout: 120_000,
})
const name = basename(workbook, '.xlsx')
let text
for (const made of [`${name}.csv`, `${name}-Báo cáo.csv`]) {
  try { text = readFileSync(join(scratch, made), 'utf8'); break } catch { /* the other name */ }
}
assert.ok(text, 'LibreOffice made no CSV')
const rows = []
for (let at = 0, row = [], field = ''; at <= text.length; at++) {
  if (text[at] === '"') {
    for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) { if (text[at] === '"') at++; field += text[at] }
  } else if (text[at] === ',') { row.push(field); field = '' }
  else if (text[at] === '\n' || at === text.length) { row.push(field); rows.push(row); row = []; field = '' }
  else if (text[at] !== '\r') field += text[at]
}

const book = new ExcelJS.Workbook()
await book.xlsx.readFile(workbook)
let texts = 0, numbers = 0
book.getWorksheet('Báo cáo').eachRow((row, at) => row.eachCell((cell, column) => {
  if (cell.isMerged && cell.master.address !== cell.address) return
  const shown = rows[at - 1]?.[column - 1] ?? ''
  const value = cell.value?.result ?? cell.value
  if (typeof value === 'number') {
    numbers++
    // Thousands and decimals are written as the workbook's language wants: digits are compared.
    const digits = text => text.replace(/\D/g, '')
    if (Number.isInteger(value)) assert.equal(digits(shown), String(value), `${cell.address}: ${shown}`)
    else assert.ok(digits(shown).length > 0, `${cell.address}: ${shown}`)
  } else if (typeof value === 'string' && value) {
    texts++
    assert.equal(shown.trim(), value.trim(), cell.address)
  }
}))
assert.ok(texts > 10 && numbers > 0, `${texts} texts and ${numbers} numbers were compared`)
console.log(`LibreOffice shows ${texts} texts and ${numbers} numbers as they were written`)
