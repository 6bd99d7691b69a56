//! Labels and certificates as others read them: pixels, paths and pages are decoded back to what was printed, by a decoder in
//! this test and by two of other makers.

use gs1::{Elements, digital_link};
use rxing::{
    BarcodeFormat, RXingResultMetadataType, RXingResultMetadataValue, helpers::detect_in_luma,
    qrcode::decoder::qrcode_decoder::decode_bool_array,
};
use serde_json::Value;
use std::{
    fs,
    io::{Cursor, Read, Write},
    path::Path,
    process::{Command, Output, Stdio},
};
use testnet::{
    init::{self, InitOptions},
    people, process, running,
};
use tests::local::Up;

/// A code, and what scanners are to say of it: the element string, and the link.
const CODES: &[(&str, &str, &str)] = &[
    ("(01)09521234543213(10)L/1%", "010952123454321310L/1%", "01/09521234543213/10/L%2F1%25"),
    ("(01)09521234543213(10)\"it's\"", "010952123454321310\"it's\"", ""),
    ("(01)09521234543213(10)ABCDEFGHIJklmno12345", "010952123454321310ABCDEFGHIJklmno12345", ""),
    ("(01)09521234543213(10)!%&*+,-./:;<=>?_aZ09", "010952123454321310!%&*+,-./:;<=>?_aZ09", ""),
    ("(01)09521234543213(10)A\\(B)", "010952123454321310A(B)", ""),
    ("(01)09521234543213(21)S/2%", "010952123454321321S/2%", "01/09521234543213/21/S%2F2%25"),
    (
        "(01)09521234543213(10)L1(17)270131(21)S_2",
        "010952123454321310L1\u{1d}1727013121S_2",
        "01/09521234543213/10/L1/21/S_2?17=270131",
    ),
    ("00/006141411234567890", "00006141411234567890", "00/006141411234567890"),
];

fn hufu(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
}

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(process::beside("hufu").unwrap());
    command.args(["--json", "--yes", "--no-input", "--lang", "en"]).args(words).current_dir(folder);
    command.env("HOME", folder).env_remove("XDG_CONFIG_HOME").env_remove("HUFU_CONFIG");
    command
}

/// The JSON that a command prints, or its problem.
fn told(output: &Output) -> Value {
    let text = if output.status.success() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(text).into_owned();
    text.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

fn done(folder: &Path, words: &[&str]) -> Value {
    let output = hufu(folder, words);
    assert!(output.status.success(), "hufu {}: {}", words.join(" "), told(&output));
    told(&output)
}

/// Whether a decoder is here. In continuous integration it must be: `scripts/setup.sh` installs it.
fn has(program: &str) -> bool {
    let is_here = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    assert!(is_here || std::env::var("CI").as_deref() != Ok("true"), "{program} is missing: scripts/setup.sh");
    if !is_here {
        eprintln!("skipped: no {program}");
    }
    is_here
}

/// Modules, row by row.
type Modules = Vec<Vec<bool>>;

/// The pixels of a picture, true where they are dark.
fn pixels(png: &[u8]) -> Modules {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    let mut luma = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut luma).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    luma.chunks(info.width as usize)
        .take(info.height as usize)
        .map(|row| row.iter().map(|p| *p < 128).collect())
        .collect()
}

/// The symbol at the top of a picture: from its first row to the first one that is light all along, by modules of so many
/// pixels. Around it there is a quiet zone of so many modules.
fn symbol(picture: &[Vec<bool>], module: usize, quiet: usize) -> Modules {
    let (from, side) = (quiet * module, picture[0].len());
    assert!(picture[..from].iter().flatten().all(|dark| !dark), "the quiet zone above is not quiet");
    assert!(picture.iter().all(|row| row[..from].iter().all(|dark| !dark)), "the quiet zone on the left is not quiet");
    let height = picture[from..].iter().position(|row| row.iter().all(|dark| !dark)).unwrap();
    assert_eq!(height % module, 0);
    let below = &picture[from + height..from + height + from];
    assert!(below.iter().flatten().all(|dark| !dark), "the quiet zone below is not quiet");
    let right = from + height;
    assert!(right + from <= side);
    let beside = |row: &Vec<bool>| row[right..right + from].iter().all(|dark| !dark);
    assert!(picture[..from + height].iter().all(beside), "the quiet zone on the right is not quiet");
    let row = |y: usize| (0..height / module).map(|x| picture[from + y * module][from + x * module]).collect();
    (0..height / module).map(row).collect()
}

/// What a symbol says when a camera sees it, and by which kind it was read.
fn scanned(modules: &[Vec<bool>], format: BarcodeFormat) -> (String, String) {
    const SCALE: usize = 6;
    const MARGIN: usize = 4;
    let side = (modules.len() + 2 * MARGIN) * SCALE;
    let mut luma = vec![255; side * side];
    for (y, row) in modules.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            for line in 0..SCALE {
                let start = ((y + MARGIN) * SCALE + line) * side + (x + MARGIN) * SCALE;
                luma[start..start + SCALE].fill(0);
            }
        }
    }
    let read = detect_in_luma(luma, side as u32, side as u32, Some(format)).unwrap();
    let kind = match read.getRXingResultMetadata().get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER) {
        Some(RXingResultMetadataValue::SymbologyIdentifier(kind)) => kind.clone(),
        _ => String::new(),
    };
    (read.getText().to_owned(), kind)
}

#[test]
fn what_is_printed_is_what_scanners_read() {
    let dir = tempfile::tempdir().unwrap();
    for (code, scan, path) in CODES {
        let elements = match code.starts_with('(') {
            true => Elements::parse(code).unwrap(),
            false => digital_link::parse_short_path(code).unwrap(),
        };
        let link = digital_link::format(&elements).unwrap();
        assert_eq!(elements.to_scan(), *scan, "{code}");
        assert!(path.is_empty() || link == format!("https://id.gs1.org/{path}"), "{code}: {link}");
        for (kind, format, quiet, expect) in
            [("datamatrix", BarcodeFormat::DATA_MATRIX, 2, *scan), ("qr", BarcodeFormat::QR_CODE, 4, link.as_str())]
        {
            let file = dir.path().join("label.png");
            let words = ["label", "print", *code, "--symbol", kind, "--format", "png", "--out", "label.png", "--force"];
            let printed = done(dir.path(), &words);
            assert_eq!(printed["content"], expect, "{code}");
            let lines = elements.iter().map(|e| format!("({}){}", e.ai(), e.value())).collect::<Vec<_>>();
            assert_eq!(printed["lines"], Value::from(lines), "{code}");
            let modules = symbol(&pixels(&fs::read(&file).unwrap()), 12, quiet);
            let (text, id) = scanned(&modules, format);
            assert_eq!(text, expect, "{code} {kind}");
            assert!(kind == "qr" || id == "]d2", "{code}: {id} is not GS1");
            other_decoder(kind, &file, expect);
            assert_eq!(svg(dir.path(), code, kind), modules, "{code} {kind}");
            assert_eq!(pdf_label(dir.path(), code, kind), modules, "{code} {kind}");
        }
    }
}

/// The same picture, given to a program of another maker.
fn other_decoder(kind: &str, file: &Path, expect: &str) {
    let file = file.to_str().unwrap();
    let (program, words): (_, &[&str]) = match kind {
        "datamatrix" => ("dmtxread", &["-N1", "-m20000", "-G29", file]),
        _ => ("zbarimg", &["-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", file]),
    };
    if !has(program) {
        return;
    }
    let output = Command::new(program).args(words).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // dmtxread writes FNC1 in front as it writes any other, zbarimg a line end behind.
    let read = text.strip_prefix('\u{1d}').unwrap_or(&text);
    assert_eq!(kind == "datamatrix", read.len() < text.len(), "{program}: FNC1 does not stand in front");
    assert_eq!(read.strip_suffix('\n').unwrap_or(read), expect, "{program}");
}

/// The modules of a label as SVG.
fn svg(folder: &Path, code: &str, kind: &str) -> Modules {
    let printed = done(folder, &["label", "print", code, "--symbol", kind, "--format", "svg"]);
    let text = printed["text"].as_str().unwrap();
    let data = text.split_once(" d=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    let rects = data.split_terminator('z').map(|run| {
        let run = run.strip_prefix('M').unwrap();
        let (from, run) = run.split_once('h').unwrap();
        let (x, y) = from.split_once(' ').unwrap();
        let (width, run) = run.split_once('v').unwrap();
        let (height, back) = run.split_once("h-").unwrap();
        assert_eq!(width, back);
        [x, y, width, height].map(|number| number.parse::<f64>().unwrap())
    });
    modules(&rects.collect::<Vec<_>>(), 500.0)
}

/// The modules of a symbol that is drawn as rectangles (left, top, width, height), each as high as one module.
fn modules(rects: &[[f64; 4]], module: f64) -> Modules {
    let own: Vec<_> = rects.iter().filter(|rect| (rect[3] - module).abs() < module / 100.0).collect();
    let least = |n: usize| own.iter().map(|rect| rect[n]).fold(f64::INFINITY, f64::min);
    let place = |length: f64| (length / module).round() as usize;
    let (left, top) = (least(0), least(1));
    let side = own.iter().map(|rect| place(rect[1] - top) + 1).max().unwrap();
    let mut modules = vec![vec![false; side]; side];
    for [x, y, width, _] in own {
        for n in 0..place(*width) {
            modules[place(y - top)][place(x - left) + n] = true;
        }
    }
    modules
}

fn pdf_label(folder: &Path, code: &str, kind: &str) -> Modules {
    let words =
        ["label", "print", code, "--symbol", kind, "--format", "pdf", "--copies", "2", "--out", "l.pdf", "--force"];
    done(folder, &words);
    let pages = pages(&fs::read(folder.join("l.pdf")).unwrap());
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0], pages[1]);
    modules(&pages[0], 0.5 * 72.0 / 25.4)
}

/// The rectangles of each page of a PDF: of each stream that draws any.
fn pages(pdf: &[u8]) -> Vec<Vec<[f64; 4]>> {
    let starts = pdf.windows(7).enumerate().filter(|(_, window)| window.starts_with(b"stream")).map(|(at, _)| at);
    let mut pages = Vec::new();
    for start in starts {
        let data = &pdf[start + 6..];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let mut plain = Vec::new();
        let inflated = flate2::read::ZlibDecoder::new(data).read_to_end(&mut plain);
        let Ok(text) = String::from_utf8(plain) else { continue };
        let found = rectangles(&text);
        if inflated.is_ok() && !found.is_empty() {
            pages.push(found);
        }
    }
    pages
}

/// The closed paths of a page that are rectangles.
fn rectangles(content: &str) -> Vec<[f64; 4]> {
    let mut numbers: Vec<f64> = Vec::new();
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut found = Vec::new();
    for token in content.split_whitespace() {
        if let Ok(number) = token.parse() {
            numbers.push(number);
            continue;
        }
        match (token, numbers.as_slice()) {
            ("m", [x, y]) => points = vec![(*x, *y)],
            ("l", [x, y]) => points.push((*x, *y)),
            ("re", [x, y, width, height]) => found.push([*x, *y, *width, *height]),
            ("h", []) if points.len() >= 4 => {
                let bound = |of: fn(&(f64, f64)) -> f64, best: fn(f64, f64) -> f64, start: f64| {
                    points.iter().map(of).fold(start, best)
                };
                let (left, right) = (bound(|p| p.0, f64::min, f64::MAX), bound(|p| p.0, f64::max, f64::MIN));
                let (top, bottom) = (bound(|p| p.1, f64::min, f64::MAX), bound(|p| p.1, f64::max, f64::MIN));
                found.push([left, top, right - left, bottom - top]);
            }
            _ => {}
        }
        numbers.clear();
    }
    found
}

#[test]
fn a_code_of_another_scheme_stands_in_a_plain_symbol() {
    let dir = tempfile::tempdir().unwrap();
    let words = ["label", "print", "hufu:isbt128/A9999", "--format", "png", "--out", "label.png"];
    done(dir.path(), &words);
    let modules = symbol(&pixels(&fs::read(dir.path().join("label.png")).unwrap()), 12, 2);
    assert_eq!(scanned(&modules, BarcodeFormat::DATA_MATRIX), ("hufu:isbt128/A9999".into(), "]d1".into()));
}

#[test]
fn what_makes_no_label_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let lot = "(01)09521234543213(10)L1";
    let fails = |words: &[&str]| told(&hufu(dir.path(), &[&["label", "print"][..], words].concat()))["code"].clone();
    assert_eq!(fails(&[lot, "--format", "svg", "--size", "0.1"]), "H1601");
    assert_eq!(fails(&[lot, "--format", "svg", "--copies", "2"]), "H1602");
    assert_eq!(fails(&[lot, "--format", "png"]), "H1443");
    assert_eq!(fails(&[lot, "--format", "zpl", "--dpmm", "7"]), "H1444");
    assert_eq!(fails(&["(01)09521234543213", "--format", "svg"]), "H1122");
    assert_eq!(fails(&["(01)09521234543214(10)L1", "--format", "svg"]), "H1203");
    fs::write(dir.path().join("there.svg"), "mine").unwrap();
    assert_eq!(fails(&[lot, "--format", "svg", "--out", "there.svg"]), "H1418");
    done(dir.path(), &["label", "print", lot, "--format", "svg", "--out", "not.svg", "--dry-run"]);
    assert!(!dir.path().join("not.svg").exists());
}

/// What `hufu verify` says of what is typed in.
fn typed(folder: &Path, text: &str, trust: &str) -> Value {
    let mut command = command(folder, &["verify", "-", "--trust", trust]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_certificate_carries_its_proof_and_names_its_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let plan = init::init(&net, &InitOptions { validators: 4, members: 1, ..Default::default() }).unwrap();
    let _up = Up(&net);
    let network = running::up(&net, None).unwrap();
    let firm =
        plan.keys.iter().map(|key| &key.org).find(|org| plan.nodes.iter().all(|node| node.org != **org)).unwrap();
    let key = people::key_of(&plan.keys, firm, "custodian").unwrap();
    let desk = dir.path();
    let trust = net.join("trust.json").to_string_lossy().into_owned();
    let settings = format!(
        "nodes = [{:?}]\nkey = {:?}\nkey_password_file = {:?}\nnetwork = {:?}\n",
        network.nodes[0].api, key.file, key.password_file, plan.network
    );
    fs::write(desk.join("hufu.toml"), settings).unwrap();
    let list = "商品条码,批号,数量,单位\n09521100000017,L/1,100,H87\n";
    fs::write(desk.join("list.csv"), list).unwrap();
    done(desk, &["import", "csv", "list.csv"]);

    let lot = "(01)09521100000017(10)L/1";
    let print = ["cert", "print", lot, "--trust", &trust, "--out", "paper.pdf"];
    let planned = hufu(desk, &[&print[..], &["--dry-run"]].concat());
    if told(&planned)["code"] == "H1610" && std::env::var("CI").as_deref() != Ok("true") {
        return eprintln!("skipped: no font with Chinese letters");
    }
    assert!(planned.status.success() && !desk.join("paper.pdf").exists(), "{}", told(&planned));
    let made = done(desk, &print);
    assert_eq!((made["file"].as_str(), made["bundle"]["file"].as_str()), (Some("paper.pdf"), Some("paper.hufu")));
    assert_eq!(told(&hufu(desk, &print))["code"], "H1418");

    // The evidence is there, is what the paper says, and holds.
    let bundle = fs::read(desk.join("paper.hufu")).unwrap();
    assert_eq!(made["bundle"]["blake3"], blake3::hash(&bundle).to_hex().as_str());
    let whole = done(desk, &["verify", "paper.hufu", "--trust", &trust]);
    assert_eq!(whole["verdict"], "valid");

    // The codes on the paper are the card and the link.
    let paper = fs::read(desk.join("paper.pdf")).unwrap();
    let pages = pages(&paper);
    let first = pages.iter().max_by_key(|page| page.len()).unwrap();
    let read = |module: f64| decode_bool_array(&modules(first, module * 72.0 / 25.4)).unwrap().getText().to_owned();
    assert_eq!(read(0.5), "https://id.gs1.org/01/09521100000017/10/L%2F1");
    let card = read(0.42);
    assert_eq!(made["card"], card.as_str());
    for text in [card.clone(), format!("{card}\r\n"), format!("]Q1{card}\n")] {
        let verdict = typed(desk, &text, &trust);
        assert_eq!(verdict["verdict"], "valid", "{verdict}");
        for field in ["item", "item_id", "custodian", "custodian_name", "events", "as_of", "state", "on_hand"] {
            assert_eq!(verdict[field], whole[field], "{field}");
        }
    }
    fs::write(desk.join("card.txt"), &card).unwrap();
    assert_eq!(done(desk, &["verify", "card.txt", "--trust", &trust])["schema"], "hufu.card-verdict/1");
    // Typed wrong, it is nothing.
    let (start, rest) = card.split_at(60);
    let wrong = format!("{start}{}", rest.replacen(|c: char| c.is_ascii_digit(), "$", 1));
    assert_eq!(typed(desk, &wrong, &trust)["verdict"], "invalid");

    // One bundle, one paper.
    let again = ["cert", "print", "--from", "paper.hufu", "--trust", &trust, "--out", "again.pdf"];
    assert_eq!(done(desk, &again)["card"], card.as_str());
    assert!(fs::read(desk.join("again.pdf")).unwrap() == paper);
}
