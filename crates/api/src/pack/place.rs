//! Where an error of the whole stands in the text.

use super::shape::{Alert, Calendar, File, Limits, Scope, Temperature, Word};
use ledger::{
    Act, PolicyPack,
    calendar::{CalendarError, Date},
    policy::{PackError, TemperatureRow},
};
use std::{collections::BTreeSet, ops::Range};
use toml::Spanned;

type Place = Option<Range<usize>>;

/// The place of an error; of what is missing or belongs to no row, the name of the pack.
pub(super) fn of(file: &File, pack: &PolicyPack, error: &PackError) -> Range<usize> {
    let of_act = |act: &Act| last(file.act.iter().map(|row| &row.name), act.name());
    let place = match error {
        PackError::ActOrder { act }
        | PackError::ArticleMissing { act }
        | PackError::SetCount { act }
        | PackError::SignerTwice { act }
        | PackError::Fixed { act }
        | PackError::RuleUnknown { act, rule: _ } => of_act(act),
        PackError::HoldsDiffer => of_act(&Act::LiftHold),
        PackError::Grades => twice(file.grade.iter().map(|grade| &grade.name)),
        PackError::Grade { grade, problem: _ } => last(file.grade.iter().map(|row| &row.name), grade.as_str()),
        PackError::Registry { registry, problem: _ } => {
            last(file.registry.iter().map(|row| &row.name), registry.name())
        }
        PackError::Grant { kind, problem: _ } => last(file.grant.iter().map(|row| &row.name), kind.name()),
        PackError::Lane { lane, problem: _ } => last(file.lane.iter().map(|row| &row.name), lane.name()),
        PackError::ArticleOrder { rule } => file.articles.get(&rule.to_string()).map(Spanned::span),
        PackError::Empty { what } => of_empty(file, what),
        PackError::List { list, problem: _ } => match *list {
            "ratings" => Some(file.ratings.span()),
            "alerts" => of_alerts(file),
            "scope" => of_scope(&file.scope),
            "temperatures" => of_temperatures(file, pack),
            "limits" => Some(of_limits(&file.limits, pack)),
            _ => None,
        },
        PackError::Calendar(error) => Some(of_calendar(&file.calendar, error)),
        PackError::ActMissing { act: _ } | PackError::TooLong { length: _ } => None,
    };
    place.unwrap_or_else(|| file.name.span())
}

/// The last of the words that reads so: of two rows, the one that repeats the other.
fn last<'f>(words: impl DoubleEndedIterator<Item = &'f Word>, word: &str) -> Place {
    words.rev().find(|other| other.get_ref() == word).map(Spanned::span)
}

/// The first word that stood before.
fn twice<'f>(mut words: impl Iterator<Item = &'f Word>) -> Place {
    let mut before = BTreeSet::new();
    words.find(|word| !before.insert(word.get_ref())).map(Spanned::span)
}

fn of_empty(file: &File, what: &str) -> Place {
    let mut texts: Vec<&Word> = match what {
        "grades" => file.grade.iter().map(|grade| &grade.name).collect(),
        "articles" => file.articles.values().chain(file.act.iter().filter_map(|row| row.article.as_ref())).collect(),
        _ => return None,
    };
    texts.retain(|text| text.get_ref().is_empty());
    texts.into_iter().map(Spanned::span).min_by_key(|span| span.start)
}

fn of_alerts(file: &File) -> Place {
    let lawless = |rule: &Word| !file.articles.contains_key(rule.get_ref());
    let wrong =
        |row: &&Alert| row.to.is_empty() || twice(row.to.iter()).is_some() || row.rule.as_ref().is_some_and(lawless);
    let names = || file.alert.iter().map(|row| &row.name);
    twice(names()).or_else(|| file.alert.iter().find(wrong).map(|row| row.name.span()))
}

fn of_scope(scope: &Scope) -> Place {
    let (categories, directions) = (scope.categories.get_ref(), scope.directions.get_ref());
    let prefixes = || scope.excluded_hs.iter().chain(&scope.clearance_hs);
    let is_prefix = |text: &str| text.len() >= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if categories.is_empty() {
        return Some(scope.categories.span());
    }
    if let Some(place) = twice(categories.iter()) {
        return Some(place);
    }
    if directions.is_empty() {
        return Some(scope.directions.span());
    }
    let no_prefix = || prefixes().find(|word| !is_prefix(word.get_ref())).map(Spanned::span);
    twice(directions.iter()).or_else(no_prefix).or_else(|| twice(prefixes()))
}

fn of_temperatures(file: &File, pack: &PolicyPack) -> Place {
    let reversed = |row: &&Temperature| {
        let is_it = |limits: &&TemperatureRow| limits.category.name() == row.category.get_ref();
        pack.temperatures.iter().find(is_it).is_some_and(|limits| limits.min > limits.max)
    };
    let categories = || file.temperature.iter().map(|row| &row.category);
    twice(categories()).or_else(|| file.temperature.iter().find(reversed).map(|row| row.min.span()))
}

fn of_limits(limits: &Limits, pack: &PolicyPack) -> Range<usize> {
    if *limits.seat_lead.get_ref() < 2 {
        return limits.seat_lead.span();
    }
    if *limits.pack_lead.get_ref() < 2 {
        return limits.pack_lead.span();
    }
    if *limits.proposal_days.get_ref() == 0 {
        return limits.proposal_days.span();
    }
    let unknown = |word: &&Word| pack.ratings.iter().all(|rating| rating.as_str() != word.get_ref());
    let rating = limits.pilot_rating.as_ref().filter(unknown).map(Spanned::span);
    let act = || twice(limits.ban_allows.get_ref().iter());
    rating.or_else(act).unwrap_or_else(|| limits.ban_allows.span())
}

fn of_calendar(calendar: &Calendar, error: &CalendarError) -> Range<usize> {
    let list = |list: &str| if list == "workdays" { &calendar.workdays } else { &calendar.holidays };
    let day = |of: &str, date: &Date| last(list(of).get_ref().iter(), &date.to_string());
    match error {
        CalendarError::Offset { minutes: _ } => calendar.utc_offset.span(),
        CalendarError::Weekend { mask: _ } => calendar.weekend.span(),
        CalendarError::TooMany { list: of, count: _ } | CalendarError::Beyond { list: of, day: _ } => list(of).span(),
        CalendarError::Order { list: of, date } => day(of, date).unwrap_or_else(|| list(of).span()),
        CalendarError::InBoth { date } => day("workdays", date).unwrap_or_else(|| calendar.workdays.span()),
    }
}
