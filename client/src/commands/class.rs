//! Classes of items: GTIN, category, risk grade, HS code.

use crate::{
    acts::{self, Act, slot},
    cli::ClassCommand,
    failure::{Result, text},
    refs,
    session::Session,
};
use api::{catalogue::exit, paths, view::ClassView};
use ledger::{ClassId, Operation, Role, record::ClassProfile};

pub(crate) fn run(session: &Session, command: ClassCommand) -> Result<u8> {
    match command {
        ClassCommand::List => list(session),
        ClassCommand::Register { code, name, category, grade, hs, hgr, life } => {
            let profile = ClassProfile {
                code: refs::class_code(&code)?,
                name: text("name", &name)?,
                category: refs::category(&category)?,
                grade: text("grade", &grade)?,
                hgr,
                hs: hs.parse()?,
            };
            let slots = vec![slot(&session.key_header()?, Role::Officer)];
            acts::perform(session, Act::new(Operation::RegisterClass { profile }, slots, &life.expires))
        }
        ClassCommand::AssertHs { code, hs, life } => {
            let operation = Operation::AssertHs { class: ClassId::of(&refs::class_code(&code)?), hs: hs.parse()? };
            let slots = vec![slot(&session.key_header()?, Role::Officer)];
            acts::perform(session, Act::new(operation, slots, &life.expires))
        }
    }
}

fn list(session: &Session) -> Result<u8> {
    let classes: Vec<ClassView> = session.pages(paths::CLASSES, &[], 100_000)?;
    let out = &session.out;
    out.result(&super::Listing { schema: "hufu.class-list/1", items: &classes }, |sheet| {
        let row = |class: &ClassView| {
            let hgr = if class.hgr { "HGR" } else { "" };
            let (category, hs) = (out.word(&class.category), class.hs.join(" "));
            [class.code.clone(), class.grade.clone(), category, hs, hgr.to_owned(), class.name.clone()]
        };
        let headings = [
            ("code", "编码"),
            ("grade", "等级"),
            ("category", "类别"),
            ("HS codes", "HS 编码"),
            ("", ""),
            ("name", "名称"),
        ];
        sheet.table(out, headings, classes.iter().map(row));
    });
    Ok(exit::DONE)
}
