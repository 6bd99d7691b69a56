//! The words of CBV 2.0: business steps, dispositions, kinds of transactions and sources, reasons, measurements.
//!
//! A word is written in four ways: bare (`shipping`), compact (`cbv:BizStep-shipping`), as a URN
//! (`urn:epcglobal:cbv:bizstep:shipping`) and as a web URI (`https://ref.gs1.org/cbv/BizStep-shipping`). The JSON of
//! EPCIS 2.0 writes the bare word, XML the URN, and the hash of an event takes the web URI.

const CBV: &str = "https://ref.gs1.org/cbv/";
const GS1: &str = "https://gs1.org/voc/";

/// A list of words of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// What happened: `bizStep`.
    BizStep,
    /// In which condition the objects are afterwards: `disposition`, and within `persistentDisposition`.
    Disposition,
    /// The kind of a business transaction: `type` in `bizTransactionList`.
    BusinessTransaction,
    /// The kind of a source or destination: `type` in `sourceList` and `destinationList`.
    SourceDestination,
    /// Why an event is declared wrong: `reason` in `errorDeclaration`.
    ErrorReason,
    /// Which component of a measurement: `component` in `sensorReport`.
    Component,
    /// What was measured: `type` in `sensorReport`.
    Measurement,
    /// What a sensor warns of: `exception` in `sensorReport`.
    Alert,
}

impl Vocabulary {
    /// All lists.
    pub const ALL: [Vocabulary; 8] = [
        Vocabulary::BizStep,
        Vocabulary::Disposition,
        Vocabulary::BusinessTransaction,
        Vocabulary::SourceDestination,
        Vocabulary::ErrorReason,
        Vocabulary::Component,
        Vocabulary::Measurement,
        Vocabulary::Alert,
    ];

    /// The bare words, in the order of the standard.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Vocabulary::BizStep => &BIZ_STEPS,
            Vocabulary::Disposition => &DISPOSITIONS,
            Vocabulary::BusinessTransaction => &BUSINESS_TRANSACTIONS,
            Vocabulary::SourceDestination => &SOURCES_DESTINATIONS,
            Vocabulary::ErrorReason => &ERROR_REASONS,
            Vocabulary::Component => &COMPONENTS,
            Vocabulary::Measurement => &MEASUREMENTS,
            Vocabulary::Alert => &ALERTS,
        }
    }

    /// The words' place on the web, and what stands before the bare word there.
    fn web(self) -> (&'static str, &'static str) {
        match self {
            Vocabulary::BizStep => (CBV, "BizStep-"),
            Vocabulary::Disposition => (CBV, "Disp-"),
            Vocabulary::BusinessTransaction => (CBV, "BTT-"),
            Vocabulary::SourceDestination => (CBV, "SDT-"),
            Vocabulary::ErrorReason => (CBV, "ER-"),
            Vocabulary::Component => (CBV, "Comp-"),
            Vocabulary::Measurement | Vocabulary::Alert => (GS1, ""),
        }
    }

    /// The prefix that the contexts of GS1 give to the words' place.
    fn prefix(self) -> &'static str {
        match self {
            Vocabulary::BizStep
            | Vocabulary::Disposition
            | Vocabulary::BusinessTransaction
            | Vocabulary::SourceDestination
            | Vocabulary::ErrorReason
            | Vocabulary::Component => "cbv:",
            Vocabulary::Measurement | Vocabulary::Alert => "gs1:",
        }
    }

    /// What stands before the bare word in a URN; the lists that came with CBV 2.0 have no URNs.
    fn urn(self) -> Option<&'static str> {
        match self {
            Vocabulary::BizStep => Some("urn:epcglobal:cbv:bizstep:"),
            Vocabulary::Disposition => Some("urn:epcglobal:cbv:disp:"),
            Vocabulary::BusinessTransaction => Some("urn:epcglobal:cbv:btt:"),
            Vocabulary::SourceDestination => Some("urn:epcglobal:cbv:sdt:"),
            Vocabulary::ErrorReason => Some("urn:epcglobal:cbv:er:"),
            Vocabulary::Component | Vocabulary::Measurement | Vocabulary::Alert => None,
        }
    }
}

/// The bare word of a text that is a word of the list, however it is written; `None` of any other text.
///
/// Case counts, as it does in URIs: `Bizstep-shipping` is nobody's word.
#[must_use]
pub fn bare(kind: Vocabulary, text: &str) -> Option<&'static str> {
    let (place, mark) = kind.web();
    let by_urn = || text.strip_prefix(kind.urn()?);
    let by_web = || text.strip_prefix(place).or_else(|| text.strip_prefix(kind.prefix()))?.strip_prefix(mark);
    let word = by_urn().or_else(by_web).unwrap_or(text);
    kind.words().iter().find(|known| **known == word).copied()
}

/// The web URI of a text that is a word of the list, however it is written; `None` of any other text.
///
/// ```
/// use epcis::vocabulary::{Vocabulary, web_uri};
///
/// for text in ["shipping", "cbv:BizStep-shipping", "urn:epcglobal:cbv:bizstep:shipping"] {
///     assert_eq!(web_uri(Vocabulary::BizStep, text).as_deref(), Some("https://ref.gs1.org/cbv/BizStep-shipping"));
/// }
/// ```
#[must_use]
pub fn web_uri(kind: Vocabulary, text: &str) -> Option<String> {
    let (place, mark) = kind.web();
    bare(kind, text).map(|word| format!("{place}{mark}{word}"))
}

/// The URN of a text that is a word of the list, however it is written; `None` where the list has no URNs.
#[must_use]
pub fn urn(kind: Vocabulary, text: &str) -> Option<String> {
    Some(format!("{}{}", kind.urn()?, bare(kind, text)?))
}

const BIZ_STEPS: [&str; 41] = [
    "accepting",
    "arriving",
    "assembling",
    "collecting",
    "commissioning",
    "consigning",
    "creating_class_instance",
    "cycle_counting",
    "decommissioning",
    "departing",
    "destroying",
    "disassembling",
    "dispensing",
    "encoding",
    "entering_exiting",
    "holding",
    "inspecting",
    "installing",
    "killing",
    "loading",
    "other",
    "packing",
    "picking",
    "receiving",
    "removing",
    "repackaging",
    "repairing",
    "replacing",
    "reserving",
    "retail_selling",
    "shipping",
    "staging_outbound",
    "stock_taking",
    "stocking",
    "storing",
    "transporting",
    "unloading",
    "unpacking",
    "void_shipping",
    "sensor_reporting",
    "sampling",
];

const DISPOSITIONS: [&str; 33] = [
    "active",
    "container_closed",
    "damaged",
    "destroyed",
    "dispensed",
    "disposed",
    "encoded",
    "expired",
    "in_progress",
    "in_transit",
    "inactive",
    "no_pedigree_match",
    "non_sellable_other",
    "partially_dispensed",
    "recalled",
    "reserved",
    "retail_sold",
    "returned",
    "sellable_accessible",
    "sellable_not_accessible",
    "stolen",
    "unknown",
    "available",
    "completeness_verified",
    "completeness_inferred",
    "conformant",
    "container_open",
    "mismatch_instance",
    "mismatch_class",
    "mismatch_quantity",
    "needs_replacement",
    "non_conformant",
    "unavailable",
];

const BUSINESS_TRANSACTIONS: [&str; 13] = [
    "bol",
    "cert",
    "desadv",
    "inv",
    "pedigree",
    "po",
    "poc",
    "prodorder",
    "recadv",
    "rma",
    "testprd",
    "testres",
    "upevt",
];

const SOURCES_DESTINATIONS: [&str; 3] = ["owning_party", "possessing_party", "location"];

const ERROR_REASONS: [&str; 2] = ["did_not_occur", "incorrect_data"];

const COMPONENTS: [&str; 14] = [
    "x",
    "y",
    "z",
    "axial_distance",
    "azimuth",
    "height",
    "spherical_radius",
    "polar_angle",
    "elevation_angle",
    "easting",
    "northing",
    "latitude",
    "longitude",
    "altitude",
];

const MEASUREMENTS: [&str; 72] = [
    "AbsoluteHumidity",
    "AbsorbedDose",
    "AbsorbedDoseRate",
    "Acceleration",
    "Radioactivity",
    "Altitude",
    "AmountOfSubstance",
    "AmountOfSubstancePerUnitVolume",
    "Angle",
    "AngularAcceleration",
    "AngularMomentum",
    "AngularVelocity",
    "Area",
    "Capacitance",
    "Conductance",
    "Conductivity",
    "Count",
    "Density",
    "Dimensionless",
    "DoseEquivalent",
    "DoseEquivalentRate",
    "DynamicViscosity",
    "ElectricCharge",
    "ElectricCurrent",
    "ElectricCurrentDensity",
    "ElectricFieldStrength",
    "Energy",
    "Exposure",
    "Force",
    "Frequency",
    "Illuminance",
    "Inductance",
    "Irradiance",
    "KinematicViscosity",
    "Length",
    "LinearMomentum",
    "Luminance",
    "LuminousFlux",
    "LuminousIntensity",
    "MagneticFlux",
    "MagneticFluxDensity",
    "MagneticVectorPotential",
    "Mass",
    "MassConcentration",
    "MassFlowRate",
    "MassPerAreaTime",
    "MemoryCapacity",
    "MolalityOfSolute",
    "MolarEnergy",
    "MolarMass",
    "MolarVolume",
    "Power",
    "Pressure",
    "RadiantFlux",
    "RadiantIntensity",
    "RelativeHumidity",
    "Resistance",
    "Resistivity",
    "SolidAngle",
    "SpecificVolume",
    "Speed",
    "SurfaceDensity",
    "SurfaceTension",
    "Temperature",
    "Time",
    "Torque",
    "Voltage",
    "Volume",
    "VolumeFlowRate",
    "VolumeFraction",
    "VolumetricFlux",
    "Wavenumber",
];

const ALERTS: [&str; 2] = ["ALARM_CONDITION", "ERROR_CONDITION"];
